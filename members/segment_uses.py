"""Tags that saved conditions name."""

from collections.abc import Collection, Iterable

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from members.conditions import encode
from members.models import Segment, Tag
from members.uses import TagUser, Use, condition_uses, replace_in_conditions


def uses(ids: Collection[int]) -> Iterable[tuple[int, Use]]:
    return condition_uses(Segment.objects.order_by("name", "pk"), ids, use_of)


def use_of(segment: Segment) -> Use:
    url = f"{reverse('members:list')}?{urlencode({'c': encode(segment.condition)})}"
    return Use(_("保存した条件"), segment.name, url)


def replace(olds: Collection[int], new: Tag) -> None:
    replace_in_conditions(Segment.objects.select_for_update(no_key=True), olds, new)


USER = TagUser(uses, replace)
