"""The members that a bulk action, an export or an inquiry is for, frozen so that a job later does what was asked now.

A selection is a dict of ids and keys (never personal data) that fits into ``Job.params``:
``{"ids": [member ids], "deleted": bool, "count": n}`` for ticked rows, or
``{"condition": tree, "until": ISO time, "count": n}`` for all of a list: members who came later are not among them.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from members.conditions.sql import filter_members
from members.conditions.tree import walk_leaves
from members.listing.list_filter import ListFilter
from members.models import Member, SearchText, ValueList
from members.models.querysets import MemberQuerySet
from members.normalize.dates import override_today
from members.valuelists.lists import refresh_value_list

Selection = dict[str, Any]
# A page that asks and the request that answers it share one look-up.
AT_HAND = dt.timedelta(minutes=1)


def freeze_selection(request: HttpRequest, nothing_is_all: bool = False) -> Selection:
    """Return the selection that the list's form sends.

    It sends POST ``ids`` (public ids that are ticked) or ``scope=all`` with the query string of the list. A page that
    asks first sends its ``until`` again, so that both requests mean the same moment. A filter that cannot be used finds
    nobody. ``nothing_is_all``: no ticked row means the whole list.
    """
    chosen = ListFilter(request.GET)
    ids = sorted(set(request.POST.getlist("ids")))
    if request.POST.get("scope") == "all" or (nothing_is_all and not ids):
        selection = select_everybody(
            chosen, _parse_moment(request.POST.get("until", ""))
        )
    else:
        pks = (
            Member.objects.filter(public_id__in=ids)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        selection = {"ids": list(pks), "deleted": has_deleted_leaf(chosen.condition)}
    return {**selection, "count": count_selected_members(selection)}


def select_everybody(chosen: ListFilter, until: dt.datetime) -> Selection:
    if not chosen.usable:
        return {"ids": [], "deleted": False}
    retain_selected_values(chosen.condition)
    return {"condition": chosen.condition, "until": until.isoformat()}


def select_members(selection: Mapping[str, Any]) -> "MemberQuerySet[Member]":
    """Return the members of a selection.

    A condition is compiled now, with its days counted from the day on which it was asked. Deleted members are found
    only where the list showed them.
    """
    if "condition" in selection:
        until = dt.datetime.fromisoformat(selection["until"])
        with override_today(timezone.localdate(until)):
            found = filter_members(
                Member.objects.filter(created_at__lte=until), selection["condition"]
            )
    else:
        found = Member.objects.filter(pk__in=selection["ids"], merged_into=None)
        found = found if selection.get("deleted") else found.filter(deleted_at=None)
    return cast("MemberQuerySet[Member]", found)


def explain_missing_members(selection: Mapping[str, Any], ticked: Iterable[str]) -> str:
    """Explain that some ticked members were deleted or merged while the page was open; "" when all are there."""
    if "ids" in selection and selection["count"] != len(set(ticked)):
        return _(
            "選択した会員の一部が見つかりません。一覧を読み込み直して、もう一度選択してください。"
        )
    return ""


def count_selected_members(selection: Mapping[str, Any]) -> int:
    return select_members(selection).count()


def _parse_moment(text: str) -> dt.datetime:
    """Return the time that a page sent; the present when it sent none, or one in the future."""
    now = timezone.now()
    try:
        named = parse_datetime(text)
    except ValueError:
        named = None
    return named if named and timezone.is_aware(named) and named <= now else now


def has_deleted_leaf(condition: Mapping[str, Any] | None) -> bool:
    return any(leaf["field"] == "deleted" for leaf in walk_leaves(condition))


def retain_selected_values(condition: Mapping[str, Any]) -> None:
    """Retain the lists and texts that the condition names for a month from now.

    A job may wait, and without its list “not in the list” would mean everybody. A long list is looked up again: to
    somebody who came since the last time, “not in the list” would apply wrongly.
    """
    keys = [
        leaf["value"]
        for leaf in walk_leaves(condition)
        if isinstance(leaf["value"], str)
    ]
    for model in (ValueList, SearchText):
        model.objects.filter(public_id__in=keys).update(created_at=timezone.now())
    for values in ValueList.objects.filter(public_id__in=keys):
        refresh_value_list(values, AT_HAND)
