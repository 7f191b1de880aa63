"""The stage of requests with a cart that is used by its admin site, in a real Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from cartsync.models import Cart
from rpa.browser import hand, pictures
from rpa.executors import browser
from rpa.models import CancellationRequest, RobotLogin
from rpa.robot.work_queue import work_queue
from sandbox.cart.office import LOGIN
from tests.rpa.requests.conftest import Stage, stage

__all__ = ["stage"]


def give_login(cart: Cart, **values: object) -> RobotLogin:
    secrets = {"login": LOGIN, "password": "demo-office"}
    given = {"recipe": "demo", "url": cart.base_url, "is_live": True}
    return RobotLogin.objects.create(cart=cart, **{"secrets": secrets} | given | values)


class BrowserStage(Stage):
    """The stage by browser: ``work`` runs the queue of the cart."""

    login: RobotLogin

    def work(self, request: CancellationRequest | None = None) -> object:
        return work_queue(self.shop, self.cart.pk)

    @property
    def clicks(self) -> list[int]:
        return self.sandbox.cart.clicks

    def switch(self, **values: object) -> None:
        self.sandbox.cart.switch(**values)

    def add_person(self, email: str) -> int:
        """Add another customer; return their one subscription, of which no obligatory deliveries are left."""
        customer = self.add_customer(email=email, full_tel="0312340000")
        row = self.sandbox.cart.add_subscription(customer)
        row["remaining_block_times"] = 0
        return int(row["id"])

    def get_row(self, subscription: int) -> dict[str, Any]:
        return self.sandbox.cart.tables["subs_orders"][subscription]

    def read_login(self) -> RobotLogin:
        with transaction.atomic():
            return RobotLogin.objects.get()

    def screens(self, request: CancellationRequest) -> list[str]:
        with transaction.atomic():
            rows = request.evidence.filter(step="seen").order_by("at", "pk")
            return [row.data["screen"] for row in rows]

    def words(self, request: CancellationRequest) -> str:
        with transaction.atomic():
            rows = request.evidence.filter(step="stuck")
            return " ".join(row.data["note"] for row in rows)


@pytest.fixture
def robot(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[BrowserStage]:
    # What never comes is waited for shortly here; 30 s in earnest.
    monkeypatch.setattr(hand, "LONGEST_CLICK", 1_500)
    monkeypatch.setattr(hand, "LONGEST_STEP", 4_000)
    monkeypatch.setattr(browser, "READ_BACK", (0,))
    monkeypatch.setattr(pictures, "PAUSE", 20)
    stage.sandbox.cart.clicks = []
    made = BrowserStage(
        stage.cast, stage.cart, stage.sandbox, stage.customer, stage.subscription
    )
    with transaction.atomic():
        made.login = give_login(stage.cart)
    yield made
    stage.sandbox.cart.clicks = []
