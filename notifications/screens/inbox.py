"""お知らせ: what the bell rang for."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from console.pager import paginate_rows
from notifications import bell
from notifications.models import NoticeDelivery
from notifications.screens.filters import NoticeFilters
from notifications.texts import build_notice_url, describe_notices
from operators.notify import NoticeText, list_notice_kinds
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW


@dataclass(frozen=True)
class ShownNotice:
    row: NoticeDelivery
    text: NoticeText
    kind: str


@require_right(VIEW)
@require_safe
def list_notices(request: ShopRequest) -> HttpResponse:
    filters = NoticeFilters(request, bell.list_bell_notices(request.user))
    page = paginate_rows(filters.qs, request.GET, ["-due_at"])
    context = {
        "page": page,
        "filters": filters,
        "shown": show_notices(page.rows),
        "tabs": list_state_tabs(filters),
    }
    return render(request, "notifications/list.html", context)


def show_notices(rows: Sequence[NoticeDelivery]) -> list[ShownNotice]:
    texts = describe_notices([row.notice for row in rows])
    labels = {kind.name: str(kind.label) for kind in list_notice_kinds()}
    return [
        ShownNotice(
            row, texts[row.notice_id], labels.get(row.notice.kind, row.notice.kind)
        )
        for row in rows
    ]


def list_state_tabs(filters: NoticeFilters) -> list[dict[str, object]]:
    state = filters.chosen.get("state") or ""
    return [
        {
            "label": label,
            "url": filters.url_with(state=key),
            "count": None,
            "current": state == key,
        }
        for key, label in (("", _("すべて")), ("unread", _("未読")))
    ]


@require_right(VIEW)
@require_safe
def open_notice(request: ShopRequest, public_id: str) -> HttpResponse:
    """Mark the notice as read and lead on to what it is about."""
    mine = bell.list_bell_notices(request.user)
    row = get_object_or_404(mine, public_id=public_id)
    bell.mark_notices_read(request.user, public_id)
    (text,) = describe_notices([row.notice]).values()
    return redirect(build_notice_url(request.tenant, text, absolute=False))


@require_right(VIEW)
@require_POST
def read_all_notices(request: ShopRequest) -> HttpResponse:
    bell.mark_notices_read(request.user)
    messages.success(request, _("すべて既読にしました。"))
    return redirect("notifications:list")
