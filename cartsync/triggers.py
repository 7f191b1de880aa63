"""The triggers about carts, as a shop can choose them: of one cart or of any."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cartsync.events import DEAD
from cartsync.models import Cart, CartOrder, CartSubscription, Link
from cartsync.models.carts import ORDER_MAIL
from messaging.models import Trigger
from messaging.schedule.due import get_shop_zone
from messaging.triggers import carts
from messaging.triggers.dates import DateKind, describe_days, get_days


class OfCarts:
    """A kind of trigger about one cart or any."""

    def list_subjects(self) -> Iterable[tuple[str, str]]:
        return Cart.objects.order_by("name", "pk").values_list("public_id", "name")


def build_linked_member() -> Subquery:
    """Return, for a row of a cart, the id of the member who is linked with its customer."""
    links = Link.objects.current().filter(
        cart=OuterRef("cart"), customer__external_id=OuterRef("customer_external_id")
    )
    return Subquery(links.values("member_id")[:1])


def select_of_carts(model: type[Any], trigger: Trigger) -> QuerySet[Any]:
    """Return the rows of the trigger's cart, or of any, with the member whom each is about."""
    rows = model.objects.filter(cart__public_id=trigger.ref) if trigger.ref else None
    rows = model.objects.all() if rows is None else rows
    return rows.annotate(who=build_linked_member()).exclude(who=None)


def build_event_key(prefix: str) -> Concat:
    return Concat(
        Value(prefix), Cast("pk", CharField()), output_field=CharField(max_length=40)
    )


class Linked(OfCarts, carts.Linked):
    def find_missed(self, trigger: Trigger, since: datetime) -> QuerySet[Any] | None:
        links = self.select_links(trigger).filter(linked_at__gte=since)
        return links.values_list("member_id", build_event_key("linked:"))

    def find_current(self, trigger: Trigger) -> QuerySet[Any] | None:
        return self.select_links(trigger).values("member_id")

    def select_links(self, trigger: Trigger) -> QuerySet[Link]:
        links = Link.objects.current().exclude(cart__kind=ORDER_MAIL)
        return links.filter(cart__public_id=trigger.ref) if trigger.ref else links


class Unlinked(OfCarts, carts.Unlinked):
    pass


class Order(OfCarts, carts.Order):
    def find_missed(self, trigger: Trigger, since: datetime) -> QuerySet[Any] | None:
        rows = select_of_carts(CartOrder, trigger).exclude(state__in=DEAD)
        rows = rows.filter(ordered_at__gte=since)
        return rows.values_list("who", build_event_key("order:"))


class Shipped(OfCarts, carts.Shipped):
    def find_missed(self, trigger: Trigger, since: datetime) -> QuerySet[Any] | None:
        rows = select_of_carts(CartOrder, trigger).exclude(state__in=DEAD)
        rows = rows.filter(shipped_at__gte=since)
        return rows.values_list("who", build_event_key("shipped:"))


class SubscriptionStarted(OfCarts, carts.SubscriptionStarted):
    pass


class SubscriptionPaused(OfCarts, carts.SubscriptionPaused):
    pass


class SubscriptionCancelled(OfCarts, carts.SubscriptionCancelled):
    pass


class SubscriptionNext(OfCarts, carts.SubscriptionNext):
    pass


class SubscriptionDate(OfCarts, DateKind):
    """The day of the next delivery of a running subscription."""

    label = gettext_lazy("次回お届け日")
    help = gettext_lazy(
        "継続中の定期の次回お届け日から数えます。同じお届け日では、会員ごとに1回だけ始まります。"
    )
    subject = "ref"
    any_label = gettext_lazy("どのカートでも")

    def describe(self, trigger: Trigger) -> str:
        when = f"{self.label}{describe_days(get_days(trigger))}"
        cart = self.name_subject(trigger)
        return (
            _("%(when)s（%(cart)s）") % {"when": when, "cart": cart} if cart else when
        )

    def select_members(self, trigger: Trigger, day: date) -> QuerySet[Any]:
        start = datetime.combine(day, time(), get_shop_zone())
        rows = select_of_carts(CartSubscription, trigger).filter(
            state=CartSubscription.State.ACTIVE,
            next_at__gte=start,
            next_at__lt=start + timedelta(days=1),
        )
        return rows.values("who").distinct()


TRIGGERS = {
    "linked": "cartsync.triggers.Linked",
    "unlinked": "cartsync.triggers.Unlinked",
    "order": "cartsync.triggers.Order",
    "shipped": "cartsync.triggers.Shipped",
    "subscription_started": "cartsync.triggers.SubscriptionStarted",
    "subscription_paused": "cartsync.triggers.SubscriptionPaused",
    "subscription_cancelled": "cartsync.triggers.SubscriptionCancelled",
    "subscription_next": "cartsync.triggers.SubscriptionNext",
    "subscription_date": "cartsync.triggers.SubscriptionDate",
}
