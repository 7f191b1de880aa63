"""会員 › お問い合わせ: what somebody must do about a member."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from console.filter_fields import ME
from console.pager import paginate_rows
from members.conditions.stored_search import save_search
from members.identity.inquiries.form import ChangeInquiryForm, InquiryForm
from members.identity.inquiries.manage import change_inquiry, make_inquiry
from members.models import Inquiry
from members.screens.inquiries.filters import LATE, InquiryFilters
from members.screens.profile.views import get_member_or_404, require_present_member
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, VIEW

MARK_KINDS = {"open": "warn", "doing": "busy", "waiting": "info", "done": "ok"}


@dataclass(frozen=True)
class InquiryTab:
    label: str
    url: str
    count: int | None
    current: bool


@require_right(VIEW)
@save_search
@require_safe
def inquiries(request: ShopRequest) -> HttpResponse:
    filters = InquiryFilters(request, Inquiry.objects.of_list())
    tabs = list_mark_tabs(filters)
    total = next(tab.count for tab in tabs if tab.current)
    context = {
        "page": paginate_rows(filters.qs, request.GET, ["-created_at"], total=total),
        "filters": filters,
        "tabs": tabs,
        "mine": filters.chosen.get("by") == ME,
        "kinds": MARK_KINDS,
        "may_edit": request.seat.can(EDIT),
    }
    return render(request, "members/inquiries/list.html", context)


def list_mark_tabs(filters: InquiryFilters) -> list[InquiryTab]:
    """Return すべて, the marks and 期限切れ, each with the number of inquiries that fit the other conditions."""
    rows = filters.rows_of_all_tabs
    marked = rows.by_mark()  # type: ignore[attr-defined]
    counts = {
        "": sum(marked.values()),
        **marked,
        LATE: rows.overdue().count(),  # type: ignore[attr-defined]
    }
    labels = {"": _("すべて"), **dict(Inquiry.Mark.choices), LATE: _("期限切れ")}
    current = filters.chosen.get("mark", "")
    return [
        InquiryTab(
            str(label), filters.url_with(mark=key), counts.get(key, 0), key == current
        )
        for key, label in labels.items()
    ]


@require_right(VIEW, changes=True)
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
