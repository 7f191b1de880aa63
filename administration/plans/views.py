"""設定 › 契約プラン: what the shop may keep, and how much of it is used."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from administration.plans.meters import measure_members, measure_operators
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW
from tenants.shops.plans import find_plan


@require_right(VIEW)
@require_safe
def show_plan(request: ShopRequest) -> HttpResponse:
    plan = find_plan()
    meters = [measure_members(plan), measure_operators(plan)]
    context = {"plan": plan, "meters": meters}
    return render(request, "administration/plans/plan.html", context)
