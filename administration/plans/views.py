"""設定 › 契約プラン: what the shop may keep, and how much of it is used."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from administration.plans.meters import measure_members, measure_operators
from administration.shops.erase import KEPT
from administration.shops.trials import find_end_of_retention, find_newest_application
from operators.rights import ShopRequest, require_right
from operators.roles import MANAGE, VIEW, Role
from tenants.shops.plans import find_plan


@require_right(VIEW)
@require_safe
def show_plan(request: ShopRequest) -> HttpResponse:
    plan = find_plan()
    meters = [measure_members(plan), measure_operators(plan)]
    shop = request.tenant
    context = {
        "plan": plan,
        "meters": meters,
        "shop": shop,
        "kept_days": KEPT.days,
        "kept_until": find_end_of_retention(shop),
        "application": find_newest_application(shop),
        "may_delete": request.seat.role == Role.OWNER,
        "may_apply": request.seat.can(MANAGE),
    }
    return render(request, "administration/plans/plan.html", context)
