"""会員 › お問い合わせ: what somebody must do about a member."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from console.pager import paginate_rows
from members.identity.inquiries import change_inquiry, make_inquiry
from members.identity.inquiry_form import ChangeInquiryForm, InquiryForm
from members.models import Inquiry
from members.screens.profile.views import get_member_or_404, require_present_member
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, VIEW

MARK_KINDS = {"open": "warn", "doing": "busy", "waiting": "info", "done": "ok"}
LATE = "late"


@dataclass(frozen=True)
class InquiryTab:
    label: str
    url: str
    count: int | None
    current: bool


@require_right(VIEW)
@require_safe
def inquiries(request: ShopRequest) -> HttpResponse:
    """List inquiries. ``mark``: one of the marks, or "late"; ``by=me``: only those of the operator."""
    mine, mark = request.GET.get("by") == "me", request.GET.get("mark", "")
    rows = Inquiry.objects.of_list()
    rows = rows.filter(assignee=request.user) if mine else rows
    counts = {**rows.by_mark(), LATE: rows.overdue().count()}
    shown = (
        rows.overdue()
        if mark == LATE
        else rows.filter(mark=mark)
        if mark in MARK_KINDS
        else rows
    )
    total = (
        counts.get(mark, 0)
        if mark in (LATE, *MARK_KINDS)
        else sum(counts.values()) - counts[LATE]
    )
    page = paginate_rows(shown, request.GET, ["-created_at"], total=total)
    context = {
        "page": page, "tabs": build_inquiry_tabs(counts, mark, mine), "mine": mine, "mark": mark, "kinds": MARK_KINDS,
        "may_edit": request.seat.can(EDIT),
    }  # fmt: skip
    return render(request, "members/inquiries/list.html", context)


def build_inquiry_tabs(
    counts: dict[str, int], mark: str, mine: bool
) -> list[InquiryTab]:
    tail = "&by=me" if mine else ""
    labels = [
        *((str(value), str(label)) for value, label in Inquiry.Mark.choices),
        (LATE, _("期限切れ")),
    ]
    every = sum(number for name, number in counts.items() if name != LATE)
    first = InquiryTab(_("すべて"), f"?{tail[1:]}", every, mark not in dict(labels))
    return [
        first,
        *(
            InquiryTab(label, f"?mark={name}{tail}", counts.get(name, 0), name == mark)
            for name, label in labels
        ),
    ]


@require_right(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def inquiry(request: ShopRequest, public_id: str) -> HttpResponse:
    inquiry = get_object_or_404(
        Inquiry.objects.of_list().select_related("made_by"), public_id=public_id
    )
    posted = request.method == "POST"
    form = ChangeInquiryForm(request.POST if posted else None, inquiry=inquiry)
    if posted and request.seat.can(EDIT) and form.is_valid():
        change_inquiry(inquiry, **form.values)
        messages.success(
            request,
            _("お問い合わせ「%(subject)s」を保存しました。")
            % {"subject": inquiry.subject},
        )
        return redirect("members:inquiries")
    context = {
        "form": form,
        "inquiry": inquiry,
        "kinds": MARK_KINDS,
        "may_edit": request.seat.can(EDIT),
    }
    return render(
        request,
        "members/inquiries/inquiry.html",
        context,
        status=422 if posted else 200,
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@require_present_member
def add(request: ShopRequest, public_id: str) -> HttpResponse:
    member = get_member_or_404(public_id)
    form = InquiryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = make_inquiry(member, **form.values)
        messages.success(
            request,
            _("お問い合わせ「%(subject)s」を作成しました。")
            % {"subject": made.subject},
        )
        return redirect("members:detail", member.public_id)
    context = {"form": form, "member": member}
    return render(
        request,
        "members/inquiries/inquiry.html",
        context,
        status=422 if form.is_bound else 200,
    )
