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

from members.conditions.tree import leaves, narrow
from members.listing.list_filter import ListFilter
from members.models import Member, SearchText, ValueList
from members.models.querysets import MemberQuerySet
from members.normalize.dates import as_of
from members.valuelists.lists import refresh

Selection = dict[str, Any]
# A page that asks and the request that answers it share one look-up.
AT_HAND = dt.timedelta(minutes=1)


def freeze(request: HttpRequest, nothing_is_all: bool = False) -> Selection:
    """Return the selection that the list's form sends.

    It sends POST ``ids`` (public ids that are ticked) or ``scope=all`` with the query string of the list. A page that
    asks first sends its ``until`` again, so that both requests mean the same moment. A filter that cannot be used finds
    nobody. ``nothing_is_all``: no ticked row means the whole list.
    """
    chosen = ListFilter(request.GET)
    ids = sorted(set(request.POST.getlist("ids")))
    if request.POST.get("scope") == "all" or (nothing_is_all and not ids):
        selection = everybody(chosen, moment(request.POST.get("until", "")))
    else:
        pks = (
            Member.objects.filter(public_id__in=ids)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        selection = {"ids": list(pks), "deleted": names_deleted(chosen.condition)}
    return {**selection, "count": count(selection)}


def everybody(chosen: ListFilter, until: dt.datetime) -> Selection:
    if not chosen.usable:
        return {"ids": [], "deleted": False}
    keep_values(chosen.condition)
    return {"condition": chosen.condition, "until": until.isoformat()}


def selected(selection: Mapping[str, Any]) -> "MemberQuerySet[Member]":
    """Return the members of a selection.

    A condition is compiled now, with its days counted from the day on which it was asked. Deleted members are found
    only where the list showed them.
    """
    if "condition" in selection:
        until = dt.datetime.fromisoformat(selection["until"])
        with as_of(timezone.localdate(until)):
            found = narrow(
                Member.objects.filter(created_at__lte=until), selection["condition"]
            )
    else:
        found = Member.objects.filter(pk__in=selection["ids"], merged_into=None)
        found = found if selection.get("deleted") else found.filter(deleted_at=None)
    return cast("MemberQuerySet[Member]", found)


def lost(selection: Mapping[str, Any], ticked: Iterable[str]) -> str:
    """Explain that some ticked members were deleted or merged while the page was open; "" when all are there."""
    if "ids" in selection and selection["count"] != len(set(ticked)):
        return _(
            "選択した会員の一部が見つかりません。一覧を読み込み直して、もう一度選択してください。"
        )
    return ""


def count(selection: Mapping[str, Any]) -> int:
    return selected(selection).count()


def moment(text: str) -> dt.datetime:
    """Return the time that a page sent; the present when it sent none, or one in the future."""
    now = timezone.now()
    try:
        named = parse_datetime(text)
    except ValueError:
        named = None
    return named if named and timezone.is_aware(named) and named <= now else now


def names_deleted(condition: Mapping[str, Any] | None) -> bool:
    return any(leaf["field"] == "deleted" for leaf in leaves(condition))


def keep_values(condition: Mapping[str, Any]) -> None:
    """Retain the lists and texts that the condition names for a month from now.

    A job may wait, and without its list “not in the list” would mean everybody. A long list is looked up again: to
    somebody who came since the last time, “not in the list” would apply wrongly.
    """
    keys = [
        leaf["value"] for leaf in leaves(condition) if isinstance(leaf["value"], str)
    ]
    for model in (ValueList, SearchText):
        model.objects.filter(public_id__in=keys).update(created_at=timezone.now())
    for values in ValueList.objects.filter(public_id__in=keys):
        refresh(values, AT_HAND)
