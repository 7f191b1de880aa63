"""The platform's own side: the shops, their plans and applications, and the way into one for support."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from administration.models import Application, ShopMove
from administration.platform.entrance import require_platform
from administration.platform.figures import (
    add_figures,
    count_open_applications,
    draw_days,
)
from administration.platform.filters import ShopFilters
from administration.platform.forms import (
    DecisionForm,
    PlanChoiceForm,
    PlanForm,
    SupportForm,
)
from administration.platform.moves import (
    find_unfinished_move,
    is_on_its_way_here,
    list_unfinished_moves,
)
from administration.platform.plans import change_plan_values, list_plan_changes
from administration.platform.support import enter_shop, leave_shop
from administration.shops.trials import decide_application, give_plan
from console.pager import paginate_rows
from operators import audit
from operators.login.confirm import require_confirmation
from operators.models import Operator, Seat
from tenants.models import Plan, Tenant
from tenants.scope import act_as, open_tenant_scope

PAGE = "administration/platform/"


def build_tabs(request: HttpRequest) -> list[dict[str, object]]:
    """Return the pages of the platform's side."""
    pages = (
        (_("ショップ"), "platform:shops", None),
        (_("申し込み"), "platform:applications", count_open_applications()),
        (_("プラン"), "platform:plans", None),
    )
    return [
        {
            "label": label,
            "url": reverse(name),
            "count": count,
            "current": request.path == reverse(name),
        }
        for label, name, count in pages
    ]


@require_platform
@require_safe
def list_shops(request: HttpRequest) -> HttpResponse:
    shops = Tenant.objects.select_related("plan")
    filters = ShopFilters(request, shops)
    total = filters.qs.count()
    page = paginate_rows(filters.qs, request.GET, ["name"], total=total)
    context = {
        "rows": add_figures(page.rows),
        "page": page,
        "filters": filters,
        "moves": list_unfinished_moves(),
        "tabs": build_tabs(request),
    }
    return render(request, f"{PAGE}shops.html", context)


def find_visit(request: HttpRequest, shop: Tenant) -> Seat | None:
    """Return the seat for support that whoever looks has in the shop now."""
    with transaction.atomic():
        seats = Seat.of(cast("Operator", request.user))
    return next(
        (seat for seat in seats if seat.tenant_id == shop.pk and seat.is_support), None
    )


@require_platform
@require_safe
def show_shop(request: HttpRequest, slug: str) -> HttpResponse:
    shop = get_object_or_404(Tenant.objects.select_related("plan"), slug=slug)
    return render_shop(request, shop, SupportForm())


def render_shop(
    request: HttpRequest, shop: Tenant, support: SupportForm
) -> HttpResponse:
    (row,) = add_figures([shop])
    context = {
        "row": row,
        "shop": shop,
        "bars": draw_days(shop),
        "plan_form": PlanChoiceForm(initial={"plan": shop.plan_id}),
        "support": support,
        "visit": find_visit(request, shop),
        "state": find_unfinished_move(shop),
        "is_on_its_way_here": is_on_its_way_here(shop),
        "moves": ShopMove.objects.filter(shop=shop)
        .exclude(outcome="")
        .order_by("-begun_at")[:10],
        "applications": Application.objects.filter(shop=shop)
        .select_related("plan")
        .order_by("-made_at"),
    }
    status = 422 if support.is_bound else 200
    return render(request, f"{PAGE}shop.html", context, status=status)


@require_platform
@require_POST
@require_confirmation()
def enter(request: HttpRequest, slug: str) -> HttpResponse:
    shop = get_object_or_404(Tenant, slug=slug)
    form = SupportForm(request.POST)
    if form.is_valid():
        try:
            enter_shop(cast("Operator", request.user), shop, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return redirect(f"/t/{shop.slug}/")
    return render_shop(request, shop, form)


@require_platform
@require_POST
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    shop = get_object_or_404(Tenant, slug=slug)
    if leave_shop(cast("Operator", request.user), shop):
        messages.success(request, _("サポートを終了しました。"))
    return redirect("platform:shop", slug)


@require_platform
@require_POST
@require_confirmation()
def change_plan(request: HttpRequest, slug: str) -> HttpResponse:
    shop = get_object_or_404(Tenant.objects.select_related("plan"), slug=slug)
    form = PlanChoiceForm(request.POST)
    if form.is_valid():
        store_plan(cast("Operator", request.user), shop, form.cleaned_data["plan"])
        messages.success(request, _("プランを変更しました。"))
    return redirect("platform:shop", slug)


@transaction.atomic
def store_plan(operator: Operator, shop: Tenant, plan: Plan | None) -> None:
    """Give the shop this plan, with a line in its own audit log."""
    with open_tenant_scope(shop), act_as(operator, "platform"):
        before, after = shop.plan and shop.plan.code, plan and plan.code
        audit.record_action("shop.plan_changed", shop, before=before, after=after)
        if plan and plan.code == "trial":
            Tenant.objects.filter(pk=shop.pk).update(plan=plan)
        else:
            give_plan(shop, plan)


@require_platform
@require_safe
def list_applications(request: HttpRequest) -> HttpResponse:
    found = Application.objects.select_related("shop", "plan", "decided_by")
    page = paginate_rows(found, request.GET, ["-made_at"], total=found.count())
    context = {"page": page, "tabs": build_tabs(request), "form": DecisionForm()}
    return render(request, f"{PAGE}applications.html", context)


@require_platform
@require_POST
@require_confirmation()
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    application = get_object_or_404(Application.objects.select_related("shop"), pk=pk)
    form, operator = DecisionForm(request.POST), cast("Operator", request.user)
    if form.is_valid():
        accepts, answer = "accept" in request.POST, form.cleaned_data["answer"]
        with (
            transaction.atomic(),
            open_tenant_scope(application.shop),
            act_as(operator, "platform"),
        ):
            decided = decide_application(application, operator, accepts, answer)
        if decided:
            messages.success(request, _("結果をショップに知らせました。"))
        else:
            messages.info(request, _("この申し込みは、すでに処理されています。"))
    return redirect("platform:applications")


@require_platform
@require_safe
def list_plans(request: HttpRequest) -> HttpResponse:
    context = {"plans": Plan.objects.order_by("pk"), "tabs": build_tabs(request)}
    return render(request, f"{PAGE}plans.html", context)


@require_platform
@require_http_methods(["GET", "HEAD", "POST"])
@require_confirmation()
def edit_plan(request: HttpRequest, code: str) -> HttpResponse:
    plan = get_object_or_404(Plan, code=code)
    form = PlanForm(request.POST or None, instance=plan)
    if form.is_bound and form.is_valid():
        change_plan_values(plan, cast("Operator", request.user), form.cleaned_data)
        messages.success(request, _("保存しました。"))
        return redirect("platform:plans")
    status = 422 if form.is_bound else 200
    context = {"form": form, "plan": plan, "changes": list_plan_changes(plan)}
    return render(request, f"{PAGE}plan.html", context, status=status)
