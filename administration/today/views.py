"""今日やること, where an operator begins, and what a new shop has to do until then."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from administration.today.cards import list_cards
from administration.today.checklist import Item, find_item, list_lines
from administration.today.sends import count_today_sends, find_next_send
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW


@require_right(VIEW)
@require_safe
def today(request: ShopRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "cards": list_cards(request),
        "sends": count_today_sends(now),
        "next_send": find_next_send(now),
        "now": now,
    }
    return render(request, "administration/today/today.html", context)


@require_right(VIEW)
@require_safe
def show_checklist(request: ShopRequest) -> HttpResponse:
    return render_checklist(request)


@require_right(VIEW)
@require_POST
def test_item(request: ShopRequest) -> HttpResponse:
    """Try one item out, and say what came of it beside the item."""
    item = find_item(request.POST.get("item", ""))
    if item is None:
        return redirect("administration:checklist")
    if not request.seat.can(item.right):
        raise PermissionDenied(
            _(
                "この設定をテストする権限がありません。オーナーか店長に依頼してください。"
            )
        )
    return render_checklist(request, item)


def render_checklist(request: ShopRequest, tested: Item | None = None) -> HttpResponse:
    lines = list_lines(request.seat.can, tested)
    done = sum(line.proof.is_done for line in lines)
    context = {"lines": lines, "done": done, "share": 100 * done // len(lines)}
    return render(request, "administration/today/checklist.html", context)
