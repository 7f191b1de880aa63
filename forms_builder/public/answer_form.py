"""What a customer fills in: the questions of a form as input fields, and what is wrong with what was typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.templatetags.kit import masked
from forms_builder.models import Field, Form
from members.attributes.definitions import get_archived_keys
from members.models import IdentityRecord, Member
from members.normalize.keys import (
    clean_email,
    clean_kept_text,
    clean_name,
    clean_phone,
    format_national_phone,
    normalize_phone,
    normalize_text,
    suggest_email,
)

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
LONGEST = {
    Field.Kind.NAME: 200,
    Field.Kind.PHONE: 40,
    Field.Kind.EMAIL: 254,
    Field.Kind.TEXT: 500,
}
INPUTS: dict[str, dict[str, str]] = {
    Field.Kind.NAME: {"autocomplete": "name"},
    Field.Kind.PHONE: {"type": "tel", "inputmode": "tel", "autocomplete": "tel"},
    Field.Kind.EMAIL: {
        "type": "email",
        "inputmode": "email",
        "autocomplete": "email",
        "autocapitalize": "none",
    },
    Field.Kind.TEXT: {"autocomplete": "off"},
}
HELP = {
    Field.Kind.PHONE: gettext_lazy(
        "全角・半角、ハイフンの有無は問いません。例：090-1234-5678"
    ),
    Field.Kind.EMAIL: gettext_lazy("例：hanako@example.jp"),
}


@dataclass(frozen=True)
class Answer:
    """The answer to one question.

    ``kept``: nothing was typed because the value known before is right; ``value`` is then blank. ``field``: the
    question, whose label may have changed since; 0 in legacy answers.
    """

    kind: str
    label: str
    value: str = ""
    kept: bool = False
    field: int = 0


class AnswerField(forms.CharField):
    """One line of text. Too long or unreadable text is refused with a message, never cut."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Return no maxlength: browsers cut what is pasted without a word."""
        return {}

    def to_python(self, value: Any) -> str:
        text = str(value or "")
        if CONTROL.search(text):
            raise ValidationError(
                _(
                    "使えない文字（制御文字）が含まれています。その文字を消して、入力し直してください。"
                ),
                code="control",
            )
        if self.max_length and len(text) > self.max_length:
            self.refuse_length(len(text))
        # Compatibility forms may unfold into more letters than were typed.
        unfolded = len(normalize_text(text))
        if self.max_length and unfolded > self.max_length:
            self.refuse_length(unfolded)
        return clean_kept_text(text)

    def refuse_length(self, length: int) -> None:
        raise ValidationError(
            _(
                "%(most)s文字を超えています（%(length)s文字）。%(most)s文字以内にしてください。"
            ),
            code="max_length",
            params={"most": f"{self.max_length:,}", "length": f"{length:,}"},
        )


def mask_known_value(member: Member | None, kind: str) -> str:
    """Return what the shop knows already, masked; the whole value never leaves for a public page."""
    if not member or kind not in (Field.Kind.NAME, Field.Kind.PHONE, Field.Kind.EMAIL):
        return ""
    if kind == Field.Kind.NAME:
        return f"{member.name[:1]}***" if member.name else ""
    if kind == Field.Kind.PHONE:
        return masked(format_national_phone(member.phone_e164) or member.phone)
    return masked(member.email)


def was_not_found_before(member: Member | None) -> bool:
    """Return whether the cart did not know what was answered last.

    Then a new value is probably why the form was opened again.
    """
    if not member:
        return False
    newest = member.identity_records.order_by("-received_at", "-pk").first()
    return bool(newest and newest.outcome == IdentityRecord.Outcome.NOT_FOUND)


def apply_suggestion(data: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the data with the suggested address in it, when its button was pressed."""
    if data is None or "email_fix" not in data:
        return data
    suggestion = suggest_email(str(data.get("email", "")))
    return {
        **{name: data.get(name) for name in data},
        **({"email": suggestion} if suggestion else {}),
    }


class AnswerForm(forms.Form):
    """Built from the form's questions. ``suggestion`` is set once when an address looks mistyped."""

    # People never see this field; a program that fills every field does.
    website = forms.CharField(required=False, max_length=1000)

    def __init__(
        self,
        form: Form,
        member: Member | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(apply_suggestion(data))
        # What the shop archived is not collected.
        archived = get_archived_keys()
        self.questions = [
            question
            for question in form.fields.in_order()
            if question.kind not in archived
        ]
        self.known = {
            q.input_name: mask_known_value(member, q.kind) for q in self.questions
        }
        self.suggestion = ""
        self.unfold = was_not_found_before(member)
        for question in self.questions:
            self.fields[question.input_name] = self.input_for(question)

    def input_for(self, question: Field) -> forms.CharField:
        kind = Field.Kind(question.kind)
        attrs = {"enterkeyhint": "next", **INPUTS[kind]}
        return AnswerField(
            label=question.label,
            required=question.is_required and not self.known[question.input_name],
            max_length=LONGEST[kind],
            help_text=HELP.get(kind, ""),
            widget=forms.TextInput(attrs),
            error_messages={
                "required": _("%(label)sが入力されていません。入力してください。")
                % {"label": question.label}
            },
        )

    def asked(self) -> list[dict[str, Any]]:
        """Return the questions for the template.

        Of each: bound field, masked value, whether an answer is wanted, open or folded.
        """
        found = []
        for question in self.questions:
            bound = self[question.input_name]
            hint = self.known[question.input_name]
            typed = bool(bound.value()) or bool(self.is_bound and bound.errors)
            wrong = self.unfold and question.kind in (
                Field.Kind.PHONE,
                Field.Kind.EMAIL,
            )
            found.append(
                {
                    "field": bound,
                    "known": hint,
                    "required": question.is_required,
                    "open": typed or wrong,
                }
            )
        return found

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise ValidationError(
                _(
                    "自動入力が余分な欄を埋めたため、送信できませんでした。内容を確かめて、もう一度送信してください。"
                )
            )
        return ""

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def clean_email(self) -> str:
        """Return the address; one that looks mistyped is asked about once, and taken when it is sent again as it is."""
        address = clean_email(self.cleaned_data["email"])
        suggestion = suggest_email(address) if address else None
        if not suggestion:
            return address
        if self.data.get("email_seen") != address:
            self.suggestion = suggestion
        return address

    @property
    def email_seen(self) -> str:
        """The address that was asked about, so that it is asked about once."""
        return str(
            self.cleaned_data["email"]
            if self.suggestion
            else self.data.get("email_seen", "")
        )

    @property
    def suggested_domain(self) -> str:
        return self.suggestion.rpartition("@")[2]

    @cached_property
    def phone_read_as(self) -> str:
        """The number as we understand what was typed, to be checked by the customer."""
        typed = str(self.data.get("phone", ""))[:200]
        return format_national_phone(normalize_phone(typed)) if typed else ""

    def answers(self) -> list[Answer]:
        """Return the answers in the form's order, once it is valid."""
        found = []
        for question in self.questions:
            value = self.cleaned_data[question.input_name]
            kept = not value and bool(self.known[question.input_name])
            found.append(
                Answer(question.kind, question.label, value, kept, question.pk)
            )
        return found
