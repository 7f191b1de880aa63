"""The orders that runs of step messages began with, and the mails that told of them."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _

from cartsync.models import CartOrder, OrderMail
from cartsync.ordermail.values import LONGEST_NUMBER
from messaging.models import Enrollment
from messaging.runs.events import EventPage

# The events of an order (cartsync/events.py).
KINDS = ("order", "shipped")
MOST_NAMED = 50


def find_order_keys(text: str) -> list[str]:
    """Return the keys of the events of the orders with this number."""
    number = text.strip()
    if not number or len(number) > LONGEST_NUMBER:
        return []
    orders = CartOrder.objects.filter(number=number).order_by("-pk")
    return list_order_keys(orders.values_list("pk", flat=True)[:MOST_NAMED])


def list_order_keys(order_ids: Collection[int]) -> list[str]:
    return [f"{kind}:{pk}" for pk in order_ids for kind in KINDS]


def list_order_pages(keys: Collection[str]) -> dict[str, EventPage]:
    """Return where these events are shown: the mail that told of the order, else the list of orders."""
    wanted = {
        int(number): key
        for key in keys
        for kind, _colon, number in (key.partition(":"),)
        if kind in KINDS and number.isdecimal()
    }
    if not wanted:
        return {}
    numbers = dict(CartOrder.objects.filter(pk__in=wanted).values_list("pk", "number"))
    mails = {
        (order, kind): public_id
        for order, kind, public_id in OrderMail.objects.filter(order__in=wanted)
        .order_by("-pk")
        .values_list("order", "kind", "mail__public_id")
    }
    pages = {}
    for key in keys:
        kind, _colon, number = key.partition(":")
        pk = int(number) if number.isdecimal() else 0
        if kind not in KINDS or pk not in numbers:
            continue
        label = _("注文 %(number)s") % {"number": numbers[pk]}
        mail = mails.get((pk, kind)) or mails.get((pk, "order"))
        url = (
            reverse("cartsync:mail", args=[mail])
            if mail
            else reverse("cartsync:orders")
        )
        pages[key] = EventPage(label, url)
    return pages


def list_runs_of_order(order_id: int) -> list[Enrollment]:
    """Return the runs that the order, or its shipping, began, newest first."""
    runs = Enrollment.objects.filter(trigger_key__in=list_order_keys([order_id]))
    return list(runs.select_related("member", "scenario").order_by("-pk")[:MOST_NAMED])
