"""A second recipe: layout b of the demo cart's admin site."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from cartsync.connectors.base import Action, Customer, Key, Order, Subscription
from cartsync.models import CartCustomer
from members.normalize.phones import format_national_phone
from rpa.browser.hand import Hand
from rpa.browser.pictures import Region
from rpa.recipes.base import Recipe
from rpa.recipes.demo import STATES, State, parse_day


class OtherRecipe(Recipe):
    label = "別の管理画面"
    actions = frozenset({Action.CANCEL})
    regions = {
        "search": Region("ul.people", "li", "data-person"),
        "customer": Region("article.person"),
        "subscription": Region("article.plan"),
        "confirm": Region("form.ending"),
    }
    login_path = "/office/login"
    login_field = "input[name=login]"
    password_field = "input[name=password]"
    enter_button = "form button"
    signed_in = "input[type=search]"

    def search(self, hand: Hand, key: Key, value: str) -> list[Customer]:
        words = format_national_phone(value) if key == Key.PHONE else value
        hand.open("/office/")
        hand.fill("input[type=search]", words)
        hand.press("form button")
        return [
            Customer(
                row.read_attribute("data-person"),
                row.read_attribute("data-no"),
                row.read("a"),
                row.read_attribute("data-mail"),
                row.read_attribute("data-tel"),
                CartCustomer.State.MEMBER,
                timezone.now(),
            )
            for row in hand.list_rows("ul.people li")
        ]

    def read_customer(self, hand: Hand, customer: str) -> Customer:
        hand.open(f"/office/customers/{customer}")
        number, email, phone = hand.read("article.person p").split(" / ")
        return Customer(
            hand.read_attribute("article.person", "data-person"),
            number,
            hand.read("article.person h1"),
            email,
            phone,
            CartCustomer.State.MEMBER,
            timezone.now(),
        )

    def list_subscriptions(self, hand: Hand, customer: str) -> list[Subscription]:
        hand.open(f"/office/customers/{customer}")
        return [
            Subscription(
                row.read_attribute("data-plan"),
                customer,
                row.read("b"),
                STATES.get(row.read_attribute("data-state"), State.OTHER),
                0,
                parse_day(row.read_attribute("data-next")),
                timezone.now(),
                product_code=row.read("i"),
            )
            for row in hand.list_rows("section.plan")
        ]

    def list_orders(self, hand: Hand, customer: str) -> list[Order]:
        return []

    def read_subscription(self, hand: Hand, subscription: str) -> Subscription:
        hand.open(f"/office/subscriptions/{subscription}")
        return Subscription(
            hand.read_attribute("article.plan", "data-plan"),
            hand.read_attribute("article.plan", "data-person"),
            hand.read("article.plan b"),
            STATES.get(hand.read("article.plan strong"), State.OTHER),
            0,
            parse_day(hand.read_attribute("article.plan", "data-next")),
            timezone.now(),
        )

    def prepare(
        self, hand: Hand, subscription: str, action: Action, values: Mapping[str, Any]
    ) -> None:
        hand.open(f"/office/subscriptions/{subscription}")
        hand.press("article.plan a")
        hand.check("form.ending input[value='5']")
        hand.press("form.ending button")

    def get_last_button(self, action: Action) -> str:
        return "form.ending button[name=confirmed]"
