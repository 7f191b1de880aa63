"""一斉配信: the list, one of them with its count or its results, its form, its start and its stop."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from console.pager import paginate_rows
from members.conditions.tree import BadCondition
from members.identity.member_limit import (
    MemberLimitReached,
    explain_broadcast_hold,
)
from members.listing.selection import (
    Selection,
    explain_missing_members,
    freeze_selection,
)
from members.models import Segment
from members.screens.list.views import redirect_to_list
from messaging.broadcasts import manage
from messaging.broadcasts.audience import count_ways
from messaging.channels.line.client import fetch_quota
from messaging.channels.line.errors import LineRefused
from messaging.content.templates import save_as_template
from messaging.deliveries.reasons import describe_reason
from messaging.models import Broadcast, Delivery, LineAccount, MailAccount, Sender
from messaging.results.figures import load_results
from messaging.screens.broadcasts.forms import BroadcastForm, read_initial, read_line
from messaging.screens.deliveries.filters import STATES
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW
from outbound.errors import TryLater
from outbound.places import hold_place_to_check

WAITING = ("scheduled", "claimed", "held", "parked")
KINDS = {0: "neutral", 1: "info", 2: "busy", 3: "warn", 4: "bad"}


@require_right(VIEW)
@require_safe
def broadcast_list(request: ShopRequest) -> HttpResponse:
    page = paginate_rows(Broadcast.objects.listed(), request.GET, order=["-created_at"])
    add_figures(page.rows)
    context = {
        "page": page,
        "may_send": request.seat.can(SEND),
        "has_account": has_account(),
        "paused": list(Sender.objects.paused()),
    }
    return render(request, "messaging/broadcasts/list.html", context)


def has_account() -> bool:
    """Return whether the shop has anything to send by."""
    kinds: tuple[type[LineAccount] | type[MailAccount], ...] = LineAccount, MailAccount
    return any(kind.objects.filter(is_active=True).exists() for kind in kinds)


def add_figures(broadcasts: Sequence[Any]) -> None:
    """Give each broadcast its counts, and the words and colour of its state."""
    counts = Delivery.objects.counts_by_broadcast(broadcasts)
    for broadcast in broadcasts:
        broadcast.counts = counts[broadcast.pk]
        add_state(broadcast)


def add_state(broadcast: Any) -> None:
    counts = broadcast.counts
    broadcast.waiting = sum(counts[name] for name in WAITING)
    broadcast.is_under_way = broadcast.waiting or broadcast.audience_count is None
    broadcast.state_words = broadcast.get_state_display()
    broadcast.kind = KINDS[broadcast.state]
    if broadcast.state == Broadcast.State.FIXED:
        if broadcast.due_at > timezone.now():
            broadcast.state_words, broadcast.kind = _("予約済み"), "info"
        elif not broadcast.waiting:
            broadcast.state_words, broadcast.kind = _("配信済み"), "ok"


def get_broadcast_or_404(public_id: str) -> Broadcast:
    found: Broadcast = get_object_or_404(
        Broadcast.objects.listed(), public_id=public_id
    )
    return found


@require_right(VIEW)
@require_safe
def broadcast(request: ShopRequest, public_id: str) -> HttpResponse:
    found: Any = get_broadcast_or_404(public_id)
    add_figures([found])
    forecast = None if found.audience_count is not None else build_forecast(found)
    context = {
        "broadcast": found,
        "forecast": forecast,
        "skipped": list_skipped(found),
        "shares": list_shares(found),
        "results": load_results(found) if found.counts["sent"] else None,
        "may_send": request.seat.can(SEND),
        "may_act": found.is_editable or (found.is_running and found.is_under_way),
        "paused": list(Sender.objects.paused()),
        "held": explain_broadcast_hold() if found.is_editable else "",
    }
    return render(request, "messaging/broadcasts/broadcast.html", context)


def list_shares(broadcast: Any) -> list[dict[str, Any]]:
    """Return the parts of the audience by state for the bar and its table; together they are the whole audience.

    ``start`` and ``share`` are in thousandths of the bar.
    """
    total, at, found = broadcast.audience_count or 0, 0.0, []
    counts = {**broadcast.counts, "waiting": broadcast.waiting}
    for name, label, _states in STATES:
        if name == "held":  # a broadcast waits for no poll
            continue
        count = counts.get(name, 0)
        share = 1000 * count / total if total else 0
        found.append(
            {"name": name, "label": label, "count": count, "start": round(at, 2), "share": round(share, 2)}
        )  # fmt: skip
        at += share
    return found


def build_forecast(broadcast: Broadcast) -> dict[str, Any] | None:
    """Return how many would get it now, and why the others would not; None when the condition cannot be read."""
    try:
        by_way = count_ways(broadcast)
    except BadCondition:
        return None
    counts: Counter[str] = Counter()
    for (reason, _by_mail), number in by_way.items():
        counts[reason] += number
    reached = counts.pop("", 0)
    return {
        "reached": reached,
        "by_line": by_way.get(("", False), 0),
        "by_mail": by_way.get(("", True), 0),
        "unreached": counts.total(),
        "total": reached + counts.total(),
        "left_out": describe_counts(counts),
    }


def list_skipped(broadcast: Broadcast) -> list[tuple[str, str, int]]:
    """Return (reason, reason in words, count) of those who were not sent to, most first."""
    skipped = Delivery.objects.filter(broadcast=broadcast, state=Delivery.State.SKIPPED)
    rows = skipped.order_by().values_list("reason").annotate(Count("pk"))
    counts = Counter(dict(rows)).most_common()
    return [(reason, describe_reason(reason), n) for reason, n in counts]


def describe_counts(counts: Counter[str]) -> list[tuple[str, int]]:
    return [(describe_reason(reason), n) for reason, n in counts.most_common()]


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


@require_right(SEND)
@require_safe
def quota(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show what is left of the month at LINE; the page asks for it beside, because LINE may be slow."""
    found = get_broadcast_or_404(public_id)
    context: dict[str, Any] = {"broadcast": found, "quota": None}
    try:
        if found.account:
            with hold_place_to_check():
                context["quota"] = fetch_quota(found.account)
    except (LineRefused, TryLater):
        context["quota"] = None
    forecast = build_forecast(found)
    left = context["quota"].left if context["quota"] else None
    context["short"] = bool(
        forecast and left is not None and forecast["by_line"] > left
    )
    part = "quota" if request.htmx else "quota_page"
    return render(request, f"messaging/broadcasts/{part}.html", context)


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
    # A button of the bubbles shows the page again with what was typed; nothing is checked or saved then.
    changing = "edit" in request.POST
    form = BroadcastForm(
        None if changing else request.POST or None,
        initial=initial,
        segments=segments,
        picked=broadcast.picked is not None,
    )
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


def answer_started_already(request: ShopRequest, public_id: str) -> HttpResponse:
    messages.info(request, _("この一斉配信は、もう始まっています。"))
    return redirect("messaging:broadcast", public_id)


@require_right(SEND)
@require_POST
def start(request: ShopRequest, public_id: str) -> HttpResponse:
    try:
        if not manage.start_broadcast(get_broadcast_or_404(public_id)):
            return answer_started_already(request, public_id)
    except MemberLimitReached as held:
        messages.error(request, str(held))
        return redirect("messaging:broadcast", public_id)
    messages.success(
        request, _("配信を受け付けました。結果はこの画面で確かめられます。")
    )
    return redirect("messaging:broadcast", public_id)


@require_right(SEND)
@require_POST
def stop(request: ShopRequest, public_id: str) -> HttpResponse:
    dropped = manage.stop_broadcast(get_broadcast_or_404(public_id))
    if dropped is None:
        messages.info(request, _("この一斉配信は、動いていません。"))
    else:
        said = _("一斉配信を停止し、%(n)s件を取り消しました。") % {"n": f"{dropped:,}"}
        messages.success(request, said)
    return redirect("messaging:broadcast", public_id)


@require_right(SEND)
@require_POST
def keep(request: ShopRequest, public_id: str) -> HttpResponse:
    """Keep the message of a broadcast as a template."""
    found = get_broadcast_or_404(public_id)
    if found.content:
        save_as_template(found.content, found.name)
        messages.success(request, _("テンプレートに保存しました。"))
    return redirect("messaging:broadcast", public_id)


@require_right(SEND)
@require_POST
def delete(request: ShopRequest, public_id: str) -> HttpResponse:
    if not manage.delete_broadcast(get_broadcast_or_404(public_id)):
        return answer_started_already(request, public_id)
    messages.success(request, _("下書きを削除しました。"))
    return redirect("messaging:broadcasts")
