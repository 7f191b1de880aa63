"""The stage of requests with a cart that is used by its admin site, in a real Chromium."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import transaction

from cartsync.models import Cart
from rpa.browser import hand, pictures, session
from rpa.executors import browser
from rpa.models import CancellationRequest, RobotLogin
from rpa.robot.work_queue import work_queue
from sandbox.cart.office import LOGIN
from sandbox.serving import Sandbox
from scripts.browser import chromium as find_or_install
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

    def receive_matched(
        self, subscription: int, kind: str = "cancel", **values: Any
    ) -> CancellationRequest:
        """Receive a request that is all but sent: the customer is found, allowed and compared."""
        row = self.get_row(subscription)
        request = self.receive(kind, given={"email": "found@example.jp"}, **values)
        request.state = CancellationRequest.State.MATCHED
        request.customer_external_id = str(row["customer_id"])
        request.subscription_external_id = str(subscription)
        with transaction.atomic():
            request.save()
        return request

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


class KeptChromium(session.Chromium):
    """One Chromium for the sessions of all tests, each of which is a fresh profile in it."""

    def close(self) -> None:
        pass


@pytest.fixture(scope="session", autouse=True)
def own_path() -> Iterator[None]:
    """Give the robot, in processes of its own too, the Chromium of the browser tests, installed where that may be."""
    path = find_or_install()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHROMIUM", path)
        patch.setattr(settings, "CHROMIUM", path)
        yield


@pytest.fixture(scope="session")
def chromium(demo: Sandbox) -> Iterator[KeptChromium]:
    kept = KeptChromium(demo.cart_url)
    yield kept
    session.Chromium.close(kept)


@pytest.fixture
def robot(
    stage: Stage, chromium: KeptChromium, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BrowserStage]:
    own, host = session.Chromium, urlsplit(chromium.url).hostname
    monkeypatch.setattr(
        session,
        "Chromium",
        lambda url: chromium if urlsplit(url).hostname == host else own(url),
    )
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
