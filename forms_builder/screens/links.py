"""Links that carry values which the shop vouches for: for everybody, or for one member (a personal link)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forms_builder.fields.hidden import LONGEST
from forms_builder.models import Form
from forms_builder.public.personal.links import LONGEST_LINK, build_personal_url
from forms_builder.public.personal.signed_values import (
    LONGEST_SIGNED,
    PARAM,
    sign_values,
)
from forms_builder.questions.base import LineField
from forms_builder.questions.question import Question
from forms_builder.screens.form_page import draw_qr_code
from forms_builder.screens.preview_model import list_questions
from forms_builder.screens.views import get_form_or_404
from members.models import Member
from members.normalize.emails import normalize_email
from members.normalize.phones import normalize_phone
from messaging.channels.line.links import build_liff_url
from operators import audit
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT


class LinkForm(forms.Form):
    """A value for each question that a link fills, and whom alone the link is for."""

    def __init__(self, form: Form, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form = form
        self.questions = list_link_questions(form)
        for question in self.questions:
            self.fields[question.input_name] = LineField(
                label=question.label,
                required=False,
                max_length=LONGEST,
                help_text=_("リンクでの名前：%(name)s")
                % {"name": question.settings["param"]},
            )
        self.fields["who"] = LineField(
            label=_("渡す会員"),
            required=False,
            max_length=254,
            help_text=_(
                "会員ID・電話番号・メールアドレスのどれかを入力すると、その会員だけの個人リンクになります。空欄なら、だれでも使えるURLになります。"
            ),
        )

    def clean_who(self) -> Member | None:
        typed = self.cleaned_data["who"].strip()
        return find_one_member(typed) if typed else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.values and not cleaned["who"]:
            raise ValidationError(
                _("値も会員も入力されていません。どちらかを入力してください。")
            )
        return cleaned

    @property
    def values(self) -> dict[str, str]:
        """Return the values by the names that they have in links."""
        given = {
            str(each.settings["param"]): self.cleaned_data.get(each.input_name, "")
            for each in self.questions
        }
        return {name: text for name, text in given.items() if text}


def list_link_questions(form: Form) -> Sequence[Question]:
    """Return the questions that a link fills."""
    return [each for each in list_questions(form) if each.settings.get("param")]


def find_one_member(typed: str) -> Member:
    """Return the member of this id, telephone number or mail address. Raise ValidationError unless it is one."""
    same = Q(public_id=typed[:12])
    if phone := normalize_phone(typed):
        same |= Q(phone_e164=phone)
    if email := normalize_email(typed):
        same |= Q(email_key=email)
    found = list(Member.objects.filter(same, deleted_at=None).order_by("pk")[:2])
    if not found:
        raise ValidationError(
            _("この会員は見つかりませんでした。会員の詳細で会員IDを確かめてください。")
        )
    if len(found) > 1:
        raise ValidationError(
            _("当てはまる会員が2名以上います。会員IDを入力してください。")
        )
    return found[0]


@transaction.atomic
def make_link(form: Form, values: dict[str, str], member: Member | None) -> str:
    """Return the address that carries the signed values. Raise ValidationError when it became too long."""
    if member:
        url = build_personal_url(form, member.public_id, values)
        token = url.rstrip("/").rpartition("/")[2]
        is_long = len(token) > LONGEST_LINK
    else:
        token = sign_values(form, values)
        is_long = len(token) > LONGEST_SIGNED
        url = build_liff_url(form.account, f"{form.public_id}/?{PARAM}={token}")
    if is_long:
        raise ValidationError(
            _("値が長すぎて、URLに入りません。全体を短くしてください。")
        )
    audit.record_action(
        "form.link_signed",
        form,
        names=sorted(values),
        member=member.public_id if member else "",
    )
    return url


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def sign_link(request: ShopRequest, public_id: str) -> HttpResponse:
    shown = get_form_or_404(public_id)
    if shown.is_external:
        return redirect("forms_builder:form", shown.public_id)
    typed, url = LinkForm(shown, request.POST or None), ""
    if request.method == "POST" and typed.is_valid():
        try:
            url = make_link(shown, typed.values, typed.cleaned_data["who"])
        except ValidationError as error:
            typed.add_error(None, error)
    context = {
        "form": shown,
        "typed": typed,
        "url": url,
        "qr": draw_qr_code(url) if url else "",
        "who": typed.cleaned_data["who"] if url else None,
    }
    status = 422 if typed.is_bound and not url else 200
    return render(request, "forms_builder/screens/links.html", context, status=status)
