"""一括…: tick rows, see how many, who, and what it does; then a job does it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jobs.views import announce_job
from members.bulk import actions
from members.bulk.actions import Action, find_action
from members.bulk.forms import BulkForm
from members.listing.selection import (
    Selection,
    explain_missing_members,
    freeze_selection,
    select_members,
)
from members.models import Member
from members.models.querysets import MemberQuerySet
from members.screens.list.views import redirect_to_list
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT

SAMPLE = 5


@dataclass
class ChosenMembers:
    """The members that the list's form means. ``ids``: the ticked public ids, empty when the whole list is meant."""

    selection: Selection
    ids: list[str]

    @classmethod
    def of(cls, request: ShopRequest) -> "ChosenMembers":
        selection = freeze_selection(request)
        return cls(
            selection,
            []
            if "condition" in selection
            else sorted(set(request.POST.getlist("ids"))),
        )

    @property
    def count(self) -> int:
        return int(self.selection["count"])

    @cached_property
    def members(self) -> MemberQuerySet[Member]:
        return select_members(self.selection)

    @property
    def problem(self) -> str:
        if not self.count:
            return _(
                "会員が選択されていません。一覧で会員を選択してから、もう一度実行してください。"
            )
        return explain_missing_members(self.selection, self.ids)

    @cached_property
    def sample(self) -> list[Member]:
        return list(self.members.order_by("-created_at", "-pk")[:SAMPLE])

    @property
    def more(self) -> int:
        return self.count - len(self.sample)


@require_right(EDIT)
@require_POST
def bulk(request: ShopRequest) -> HttpResponse:
    """Run a bulk action on the chosen members, in steps.

    The first POST shows what will happen, one with ``check`` shows the numbers of what was chosen so far, and one with
    ``confirm`` starts a job that does it.
    """
    chosen = ChosenMembers.of(request)
    action = find_action(request.POST.get("action", ""))
    if not action or chosen.problem:
        messages.error(
            request,
            chosen.problem or _("操作を読み取れません。一覧からやり直してください。"),
        )
        return redirect_to_list(request.GET)
    form = make_bulk_form(action, request, chosen)
    if "confirm" in request.POST and "check" not in request.POST and form.is_valid():
        announce_job(
            request,
            actions.start_bulk_action(action, chosen.selection, form, request.user),
        )
        return redirect_to_list(request.GET)
    return render_bulk_question(request, action, chosen, form)


def make_bulk_form(
    action: Action, request: ShopRequest, chosen: ChosenMembers
) -> BulkForm:
    count = chosen.count
    if "check" in request.POST:  # an unfinished choice is shown, not validated
        names = action.form(count=count).fields
        return action.form(
            count=count,
            initial={name: request.POST.get(name) for name in names}
            | {"expected": count},
        )
    return action.form(request.POST if "confirm" in request.POST else None, count=count)


def render_bulk_question(
    request: ShopRequest, action: Action, chosen: ChosenMembers, form: BulkForm
) -> HttpResponse:
    if form.is_bound:
        form.data = {
            **request.POST.dict(),
            "expected": str(chosen.count),
        }  # today's number
    only_numbers = request.htmx and "check" in request.POST
    context: dict[str, Any] = {
        "form": form,
        "chosen": chosen,
        "action": action,
        "asks": str(action.asks) % {"n": f"{chosen.count:,}"},
        "left_out": action.left_out(chosen.members, form),
        "only_numbers": only_numbers,
    }
    template = (
        "members/bulk/left_out.html" if only_numbers else "members/bulk/bulk.html"
    )
    return render(request, template, context, status=422 if form.is_bound else 200)
