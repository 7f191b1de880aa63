"""The admin site of the demo cart (`make run`: /office/)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.base import Action, Customer, Key, Order, Subscription
from cartsync.models import CartCustomer, CartOrder, CartSubscription
from members.normalize.phones import format_national_phone
from rpa.browser.hand import Hand
from rpa.browser.pictures import Region
from rpa.browser.problems import Stuck
from rpa.recipes.base import Recipe

JAPAN = ZoneInfo("Asia/Tokyo")
State = CartSubscription.State
STATES = {
    "有効": State.ACTIVE,
    "停止": State.SUSPENDED,
    "キャンセル": State.CANCELLED,
}
PAID = {
    "売上完了": CartOrder.State.SOLD,
    "仮売上完了": CartOrder.State.AUTHORISED,
    "取消済み": CartOrder.State.CANCELLED,
}
LEFT = {"退会": CartCustomer.State.LEFT, "ビジター": CartCustomer.State.VISITOR}
STEPS = {
    Action.CANCEL: "cancel",
    Action.PAUSE: "suspend",
    Action.SKIP: "skip",
    Action.NEXT_DATE: "date",
}


class DemoRecipe(Recipe):
    label = _("デモカート（管理画面）")
    actions = frozenset(STEPS)
    regions = {
        "search": Region("#found", "tr.customer"),
        "customer": Region("#customer"),
        "subscription": Region("#subscription"),
        "confirm": Region("#confirm-form"),
    }
    login_path = "/office/login"
    login_field = "#login"
    password_field = "#password"  # noqa: S105  (a selector)
    enter_button = "#enter"
    code_field = "#code"
    signed_in = "form[role=search]"
    captcha = "#captcha"
    other_factor = "#sms"
    modal = "#notice"

    def search(self, hand: Hand, key: Key, value: str) -> list[Customer]:
        if key == Key.EXTERNAL_ID:
            return [self.read_customer(hand, value)]
        words = format_national_phone(value) if key == Key.PHONE else value
        hand.open("/office/")
        hand.fill("#q", words)
        hand.press("#search")
        hand.need("#found")
        return [
            Customer(
                row.read_attribute("data-id"),
                row.read(".number"),
                row.read(".name"),
                row.read(".email"),
                row.read(".phone"),
                CartCustomer.State.MEMBER,
                timezone.now(),
            )
            for row in hand.list_rows("#found tr.customer")
        ]

    def read_customer(self, hand: Hand, customer: str) -> Customer:
        self.open_row(hand, "/office/customers/", customer, "#customer")
        return Customer(
            customer,
            hand.read("#customer .number"),
            hand.read("#customer .name"),
            hand.read("#customer .email"),
            hand.read("#customer .phone"),
            LEFT.get(hand.read("#customer .state"), CartCustomer.State.MEMBER),
            timezone.now(),
        )

    def list_subscriptions(self, hand: Hand, customer: str) -> list[Subscription]:
        self.open_row(hand, "/office/customers/", customer, "#customer")
        return [
            Subscription(
                row.read_attribute("data-id"),
                customer,
                row.read(".product"),
                STATES.get(row.read(".state"), State.OTHER),
                0,
                parse_day(row.read(".day")),
                timezone.now(),
                number=row.read(".number"),
                product_code=row.read(".code"),
                remaining_times=parse_times(row.read(".left")),
            )
            for row in hand.list_rows("#subscriptions tr")
        ]

    def list_orders(self, hand: Hand, customer: str) -> list[Order]:
        self.open_row(hand, "/office/customers/", customer, "#customer")
        return [
            Order(
                row.read_attribute("data-id"),
                customer,
                row.read(".number"),
                PAID.get(row.read(".paid"), CartOrder.State.OTHER),
                0,
                0,
                timezone.now(),
                timezone.now(),
                subscription_external_id=row.read_attribute("data-subscription"),
                shipped_at=parse_day(row.read(".shipped")[:10]),
            )
            for row in hand.list_rows("#orders tr")
        ]

    def read_subscription(self, hand: Hand, subscription: str) -> Subscription:
        self.open_row(hand, "/office/subscriptions/", subscription, "#subscription")
        state = hand.read("#subscription .state")
        return Subscription(
            subscription,
            hand.read_attribute("#subscription", "data-customer"),
            hand.read("#subscription .product"),
            STATES.get(state, State.OTHER),
            parse_times(hand.read("#subscription .times")) or 0,
            parse_day(hand.read("#subscription .day")),
            timezone.now(),
            word=state,
            number=hand.read("#subscription .number"),
            product_code=hand.read("#subscription .code"),
            remaining_times=parse_times(hand.read("#subscription .left")),
            skips_next=hand.read("#subscription .skips") == "はい",
        )

    def open_row(self, hand: Hand, path: str, number: str, section: str) -> None:
        """Open the page of one row and make sure that it is that one's."""
        if not number.isdecimal():
            raise Stuck("changed_page", number)
        hand.open(f"{path}{number}")
        if hand.read_attribute(section, "data-id") != number:
            raise Stuck("changed_page", hand.read_words())

    def prepare(
        self, hand: Hand, subscription: str, action: Action, values: Mapping[str, Any]
    ) -> None:
        self.open_row(hand, "/office/subscriptions/", subscription, "#subscription")
        hand.press(f"#{STEPS[action]}")
        if action in (Action.CANCEL, Action.PAUSE):
            hand.choose("#reason", 5)  # その他: the customer's own words stay with us
        if action == Action.NEXT_DATE:
            hand.fill("#day", f"{values['date']:%Y-%m-%d}")
        hand.press("#next")
        hand.need("#do-it")

    def get_last_button(self, action: Action) -> str:
        return "#do-it"


def parse_day(text: str) -> datetime | None:
    """Return 「2026/12/08」 as the beginning of that day in Japan; None for anything else."""
    try:
        return datetime.strptime(text, "%Y/%m/%d").replace(tzinfo=JAPAN)
    except ValueError:
        return None


def parse_times(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
