"""Tags that saved conditions name."""

from collections.abc import Callable, Collection, Iterable

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from members.models import Segment, Tag
from members.usage.registry import (
    TagUsageSource,
    Usage,
    find_tag_usage_in_conditions,
    replace_tags_in_conditions,
)
from operators.models import OperatorGroup
from tenants.models import TenantQuerySet
from tenants.scope import get_current_operator


def find_tag_usage_in_segments(ids: Collection[int]) -> Iterable[tuple[int, Usage]]:
    return find_tag_usage_in_conditions(
        select_all_segments(), ids, build_segment_describer()
    )


def build_segment_describer() -> Callable[[Segment], Usage]:
    """Return ``describe_segment_usage`` for the current operator, whose groups are read only once."""
    operator = get_current_operator()
    groups = (
        OperatorGroup.objects.filter(places__seat__operator=operator)
        if operator
        else OperatorGroup.objects.all()
    )
    seen = set(groups.values_list("pk", flat=True))
    return lambda segment: describe_segment_usage(segment, seen)


def select_all_segments() -> TenantQuerySet[Segment]:
    return Segment.objects.select_related("owner", "group").order_by("name", "pk")


def describe_segment_usage(segment: Segment, groups: Collection[int]) -> Usage:
    """Describe a saved condition; of one that the operator does not see, say only whose it is."""
    operator = get_current_operator()
    if operator and segment.owner_id != operator.pk and segment.group_id not in groups:
        if segment.group:
            return Usage(_("グループで共有した保存した条件"), segment.group.name, "")
        return Usage(_("個人用の保存した条件"), segment.owner.name, "")
    return Usage(
        _("保存した条件"),
        segment.name,
        reverse_lazy("members:segment", args=[segment.public_id]),
    )


def replace_tags_in_segments(olds: Collection[int], new: Tag) -> None:
    replace_tags_in_conditions(
        Segment.objects.select_for_update(no_key=True), olds, new
    )


TAG_USAGE = TagUsageSource(find_tag_usage_in_segments, replace_tags_in_segments)
