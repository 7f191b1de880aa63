"""Usage of tags: those that a cart puts on when somebody is linked, and by its rules."""

from collections.abc import Collection, Iterable

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from cartsync.models import Cart, CartTagRule
from members.models import Tag
from members.usage.registry import LazyText, TagUsageSource, Usage


def find_tag_usage(ids: Collection[int]) -> Iterable[tuple[int, Usage]]:
    for cart in Cart.objects.filter(linked_tag__in=ids).order_by("name", "pk"):
        assert cart.linked_tag_id
        yield (
            cart.linked_tag_id,
            Usage(
                _("カートと連携したときのタグ"),
                cart.name,
                build_cart_url(cart, "settings"),
            ),
        )
    for rule in (
        CartTagRule.objects.filter(tag__in=ids)
        .select_related("cart")
        .order_by("cart__name", "pk")
    ):
        yield (
            rule.tag_id,
            Usage(
                _("カートのタグ付けルール"),
                rule.cart.name,
                build_cart_url(rule.cart, "rules"),
            ),
        )


def build_cart_url(cart: Cart, page: str) -> LazyText:
    return reverse_lazy(f"cartsync:{page}", args=[cart.public_id])


def replace_tag(olds: Collection[int], new: Tag) -> None:
    Cart.objects.filter(linked_tag__in=olds).update(linked_tag=new)
    CartTagRule.objects.filter(tag__in=olds).update(tag=new)


TAG_USER = TagUsageSource(find_tag_usage, replace_tag)
