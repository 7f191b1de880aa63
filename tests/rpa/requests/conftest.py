"""A committed shop with a cart over real HTTP, and a customer with a subscription."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from cartsync.connectors import ecforce
from cartsync.models import Cart
from outbound import faultpoints
from rpa.models import CancellationRequest, RpaSettings
from rpa.requests.receive import receive_request
from rpa.requests.work import work_request
from sandbox.cart.state import Switches
from sandbox.serving import Sandbox
from tenants.models import Tenant
from tenants.scope import act_as, open_tenant_scope
from tests.cartsync.conftest import make_cart
from tests.conftest import Cast

EMAIL = "hanako@example.jp"


class Killed(BaseException):
    """What SIGKILL is to a worker: nothing after it runs."""


@dataclass
class Stage:
    cast: Cast
    cart: Cart
    sandbox: Sandbox
    customer: int
    subscription: int

    @property
    def shop(self) -> Tenant:
        return self.cast.sakura

    def receive(self, kind: str = "cancel", **values: Any) -> CancellationRequest:
        given = values.pop("given", {"email": EMAIL})
        with transaction.atomic(), act_as(self.cast.ed, "console"):
            return receive_request(self.cart, kind, given, **values)

    def work(self, request: CancellationRequest) -> Any:
        return work_request(self.shop, request.pk)

    def read(self, request: CancellationRequest) -> CancellationRequest:
        with transaction.atomic():
            return CancellationRequest.objects.get(pk=request.pk)

    def steps(self, request: CancellationRequest) -> list[str]:
        with transaction.atomic():
            rows = request.evidence.order_by("at", "pk")
            return list(rows.values_list("step", flat=True))

    def change_settings(self, **values: Any) -> None:
        with transaction.atomic():
            RpaSettings.objects.update_or_create(defaults=values)

    @property
    def row(self) -> dict[str, Any]:
        return self.sandbox.cart.tables["subs_orders"][self.subscription]

    def add_subscription(self) -> int:
        """Add a subscription of which no obligatory deliveries are left."""
        row = self.sandbox.cart.add_subscription(self.customer)
        row["remaining_block_times"] = 0
        return int(row["id"])

    def add_customer(self, **values: Any) -> int:
        given = {"name": "髙橋 花子", "email": EMAIL, "full_tel": "0312345678"}
        return int(self.sandbox.cart.add_customer(given | values)["id"])


@pytest.fixture
def stage(
    committed: Cast, demo: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    monkeypatch.setattr(ecforce, "READ_BACK", (0,))
    for rows in demo.cart.tables.values():
        rows.clear()
    demo.cart.switches = Switches()
    with open_tenant_scope(committed.sakura):
        with transaction.atomic():
            cart = make_cart(base_url=demo.cart_url)
            RpaSettings.objects.create(is_live=True)
        made = Stage(committed, cart, demo, 0, 0)
        made.customer = made.add_customer()
        made.subscription = made.add_subscription()
        yield made
    faultpoints.hook = None


@pytest.fixture
def clicks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every change that reaches the demo cart, by subscription."""
    reached: list[int] = []
    edit = stage.sandbox.cart.edit_subscription

    def count(number: int, values: dict[str, Any]) -> Any:
        reached.append(number)
        return edit(number, values)

    monkeypatch.setattr(stage.sandbox.cart, "edit_subscription", count)
    return reached
