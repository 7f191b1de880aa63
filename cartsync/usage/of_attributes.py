"""Usage of attributes: a system attribute by which a cart matches members stays while the cart does."""

from collections.abc import Collection, Iterable

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from cartsync.models import Cart
from members.attributes.definitions import get_attribute_key
from members.models import Attribute
from members.usage.registry import Usage


def find_attribute_blockers(
    attributes: Collection[Attribute],
) -> Iterable[tuple[str, Usage]]:
    keys = {each.system: get_attribute_key(each) for each in attributes if each.system}
    for cart in Cart.objects.wanted().filter(match_key__in=keys).order_by("name", "pk"):
        url = reverse_lazy("cartsync:settings", args=[cart.public_id])
        yield (
            keys[cart.match_key],
            Usage(_("カート連携の照合に使う項目"), cart.name, url),
        )
