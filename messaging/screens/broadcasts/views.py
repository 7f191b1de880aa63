"""一斉配信: the list, a new one, and the form."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from console.pager import paginate_rows
from jobs.request_size import accept_file
from members.listing.selection import (
    Selection,
    explain_missing_members,
    freeze_selection,
)
from members.models import Segment
from members.screens.list.views import redirect_to_list
from messaging.broadcasts import manage
from messaging.models import Broadcast, LineAccount, MailAccount, Sender
from messaging.screens.broadcasts.filters import BroadcastFilters
from messaging.screens.broadcasts.forms import BroadcastForm, read_initial, read_line
from messaging.screens.broadcasts.views_results import add_figures, get_broadcast_or_404
from messaging.screens.broadcasts.views_switch import answer_started_already
from messaging.screens.condition_rows import is_redrawn, open_builder
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW


@require_right(VIEW)
@require_safe
def broadcast_list(request: ShopRequest) -> HttpResponse:
    filters = BroadcastFilters(request, Broadcast.objects.listed())
    page = paginate_rows(filters.qs, request.GET, order=["-created_at"])
    add_figures(page.rows)
    context = {
        "page": page,
        "filters": filters,
        "may_send": request.seat.can(SEND),
        "has_account": has_account(),
        "paused": list(Sender.objects.paused()),
    }
    return render(request, "messaging/broadcasts/list.html", context)


def has_account() -> bool:
    """Return whether the shop has anything to send by."""
    kinds: tuple[type[LineAccount] | type[MailAccount], ...] = LineAccount, MailAccount
    return any(kind.objects.filter(is_active=True).exists() for kind in kinds)


@accept_file
@require_right(SEND)
def new(request: ShopRequest) -> HttpResponse:
    if not has_account():
        return render(request, "messaging/accounts/no_account.html", status=409)
    return answer_form(request, Broadcast(), {})


@require_right(SEND)
@require_POST
def broadcast_to(request: ShopRequest) -> HttpResponse:
    """Open a draft for the members that are selected in the list."""
    selection = freeze_selection(request)
    problem = explain_selection(selection, request.POST.getlist("ids"))
    account = LineAccount.objects.filter(is_active=True).order_by("pk").first()
    if not has_account():
        return render(request, "messaging/accounts/no_account.html", status=409)
    if problem:
        messages.error(request, problem)
        return redirect_to_list(request.GET)
    name = _("会員リストで選択した%(n)s名") % {"n": f"{selection['count']:,}"}
    draft = manage.open_draft(selection, account, name)
    return redirect("messaging:edit_broadcast", draft.public_id)


def explain_selection(selection: Selection, ticked: list[str]) -> str:
    """Explain why nothing can be sent to what is selected; "" when it can."""
    if not selection["count"]:
        return _(
            "会員が選択されていません。一覧で会員を選択してから、もう一度実行してください。"
        )
    return explain_missing_members(selection, ticked)


@accept_file
@require_right(SEND)
def edit(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_broadcast_or_404(public_id)
    if not found.is_editable:
        return answer_started_already(request, public_id)
    return answer_form(request, found, read_initial(found))


def answer_form(
    request: ShopRequest, broadcast: Broadcast, initial: dict[str, Any]
) -> HttpResponse:
    segments = Segment.objects.for_messages(request.seat, broadcast.segment)
    by_condition = broadcast.audience == Broadcast.Audience.CONDITION
    builder = open_builder(request, broadcast.condition if by_condition else {})
    # A button of the rows shows the page again with what was typed; nothing is checked or saved then.
    changing = is_redrawn(request, builder)
    form = BroadcastForm(
        None if changing else request.POST or None,
        initial=initial,
        segments=segments,
        picked=broadcast.picked is not None,
        builder=builder,
    )
    if changing:
        form.retain_typed(request)
    form.take_content(request, read_line(broadcast))
    if form.is_valid():
        filled = form.fill(broadcast)
        if not manage.save_broadcast(filled, form.written):
            return answer_started_already(request, filled.public_id)
        messages.success(
            request, _("下書きを保存しました。宛先を確かめて配信してください。")
        )
        return redirect("messaging:broadcast", filled.public_id)
    return render(
        request,
        "messaging/broadcasts/form.html",
        {"form": form, "broadcast": broadcast if broadcast.pk else None},
        status=422 if form.is_bound else 200,
    )
