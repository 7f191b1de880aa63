"""What starts and ends a step message, one by one; and the copy and the end of the whole."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.models import Trigger
from messaging.scenarios import copies, triggers
from messaging.scenarios.follow_group import FOLLOW_GROUP, join_follow_group
from messaging.screens.scenarios.forms_triggers import TriggerForm
from messaging.screens.scenarios.views import get_scenario_or_404
from messaging.triggers.kinds import get_trigger_kind, list_trigger_paths
from operators.rights import ShopRequest, require_right
from operators.roles import SEND


@require_right(SEND)
def new(request: ShopRequest, public_id: str, role: str) -> HttpResponse:
    """Choose a kind; with ``?kind=`` what it is about."""
    if role not in Trigger.Role.values:
        raise Http404
    scenario = get_scenario_or_404(public_id)
    name = request.GET.get("kind", "")
    kind = get_trigger_kind(name)
    context: dict[str, Any] = {
        "scenario": scenario,
        "role": Trigger.Role(role),
        "families": list_families(role),
    }
    if role not in kind.roles or name not in list_trigger_paths():
        return render(request, "messaging/scenarios/trigger_kinds.html", context)
    form = TriggerForm(request.POST or None, kind=kind)
    plain = not form.fields
    if form.is_valid() or (plain and request.method == "POST"):
        values = form.cleaned_data if not plain else {}
        days = 0 if plain else form.signed_days
        triggers.add_trigger(scenario, role, name, values.get("subject", ""), days)
        messages.success(request, _("設定を保存しました。"))
        if join_follow_group(scenario, role, name):
            messages.info(request, describe_follow_group())
        return redirect("messaging:scenario", public_id)
    context |= {"form": form, "kind": kind}
    status = 422 if form.is_bound else 200
    return render(
        request, "messaging/scenarios/trigger_form.html", context, status=status
    )


def describe_follow_group() -> str:
    """Say which group it went into, what that means, and where to change it."""
    return _(
        "グループ「%(group)s」に入れました。1名に同時に実行するのは、同じグループのうち1つだけです。並行して送るときは、編集の「グループ」を空欄にしてください。"
    ) % {"group": FOLLOW_GROUP}


def list_families(role: str) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Return the kinds for this role as (family, [(name, kind)])."""
    kinds = [(name, get_trigger_kind(name)) for name in list_trigger_paths()]
    fitting = [(name, kind) for name, kind in kinds if role in kind.roles]
    return [
        (family, list(group))
        for family, group in groupby(fitting, lambda pair: str(pair[1].family))
    ]


@require_right(SEND)
@require_POST
def remove(request: ShopRequest, public_id: str, pk: int) -> HttpResponse:
    scenario = get_scenario_or_404(public_id)
    triggers.remove_trigger(get_object_or_404(Trigger, scenario=scenario, pk=pk))
    messages.success(
        request, _("外しました。すでに始まっている配信は、そのまま続きます。")
    )
    return redirect("messaging:scenario", public_id)


@require_right(SEND)
@require_POST
def copy(request: ShopRequest, public_id: str) -> HttpResponse:
    made = copies.copy_scenario(get_scenario_or_404(public_id))
    messages.success(
        request,
        _("コピーを作成しました。オフなので、まだ配信されません。"),
    )
    return redirect("messaging:edit_scenario", made.public_id)


@require_right(SEND)
def delete(request: ShopRequest, public_id: str) -> HttpResponse:
    scenario = get_scenario_or_404(public_id)
    if request.method == "POST":
        dropped = copies.delete_scenario(scenario)
        messages.success(
            request,
            _("「%(name)s」を削除し、予約中の%(n)s件を取り消しました。")
            % {"name": scenario.name, "n": f"{dropped:,}"},
        )
        return redirect("messaging:scenarios")
    context = {"scenario": scenario, "booked": copies.count_booked(scenario)}
    return render(request, "messaging/scenarios/delete.html", context)
