"""Tags that saved conditions name."""

from collections.abc import Callable, Collection, Iterable

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from members.models import Segment, Tag
from members.usage.registry import TagUser, Use, condition_uses, replace_in_conditions
from operators.models import OperatorGroup
from tenants.models import TenantQuerySet
from tenants.scope import current_operator


def uses(ids: Collection[int]) -> Iterable[tuple[int, Use]]:
    return condition_uses(segments(), ids, user())


def user() -> Callable[[Segment], Use]:
    """Return ``use_of`` for the current operator, whose groups are read only once."""
    operator = current_operator()
    groups = (
        OperatorGroup.objects.filter(places__seat__operator=operator)
        if operator
        else OperatorGroup.objects.all()
    )
    seen = set(groups.values_list("pk", flat=True))
    return lambda segment: use_of(segment, seen)


def segments() -> TenantQuerySet[Segment]:
    return Segment.objects.select_related("owner", "group").order_by("name", "pk")


def use_of(segment: Segment, groups: Collection[int]) -> Use:
    """Describe a saved condition; of one that the operator does not see, say only whose it is."""
    operator = current_operator()
    if operator and segment.owner_id != operator.pk and segment.group_id not in groups:
        if segment.group:
            return Use(_("グループで共有した保存した条件"), segment.group.name, "")
        return Use(_("個人用の保存した条件"), segment.owner.name, "")
    return Use(
        _("保存した条件"),
        segment.name,
        reverse_lazy("members:segment", args=[segment.public_id]),
    )


def replace(olds: Collection[int], new: Tag) -> None:
    replace_in_conditions(Segment.objects.select_for_update(no_key=True), olds, new)


USER = TagUser(uses, replace)
