"""Tags that saved conditions name."""

from collections.abc import Collection, Iterable

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from members.models import Segment, Tag
from members.uses import TagUser, Use, condition_uses, replace_in_conditions
from tenants.models import TenantQuerySet
from tenants.scope import current_operator


def uses(ids: Collection[int]) -> Iterable[tuple[int, Use]]:
    return condition_uses(segments(), ids, use_of)


def segments() -> TenantQuerySet[Segment]:
    return Segment.objects.select_related("owner").order_by("name", "pk")


def use_of(segment: Segment) -> Use:
    """Of somebody else's own condition only whose it is."""
    operator = current_operator()
    if segment.group_id is None and operator and segment.owner_id != operator.pk:
        return Use(_("個人用の保存した条件"), segment.owner.name, "")
    return Use(_("保存した条件"), segment.name, reverse_lazy("members:segment", args=[segment.public_id]))


def replace(olds: Collection[int], new: Tag) -> None:
    replace_in_conditions(Segment.objects.select_for_update(no_key=True), olds, new)


USER = TagUser(uses, replace)
