"""The offer stands between the rules and the cart: its answer is stored with its time, and every state is entered."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from messaging.models import Delivery, MailAccount
from rpa.models import CancellationRequest
from rpa.offers.offer import answer_offer, end_offer
from rpa.requests import state as moves
from tenants.models import Wakeup
from tests.rpa.requests.conftest import EMAIL, Stage

KEY = "ANSWER-0001"
CANCELLED = "received identified allowed offered confirmed matched submitting submitted verified"


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The states that requests enter, in their order."""
    found = ["received"]
    record = moves.CancellationRequest.__setattr__

    def note(request: CancellationRequest, name: str, value: Any) -> None:
        if name == "state" and request.__dict__.get("state", value) != value:
            found.append(str(value))
        record(request, name, value)

    monkeypatch.setattr(CancellationRequest, "__setattr__", note)
    yield found


@pytest.fixture
def offering(stage: Stage) -> Stage:
    stage.change_settings(is_live=True, offers=["pause", "skip"])
    return stage


def ask(stage: Stage) -> CancellationRequest:
    """Ask by a form to cancel, and be worked on until the customer is asked."""
    request = stage.receive(submission_key=KEY)
    assert stage.work(request) is None
    return stage.read(request)


def test_who_goes_on_has_confirmed_and_is_cancelled(
    offering: Stage, clicks: list[int], entered: list[str]
) -> None:
    before = timezone.now()
    request = offering.receive(submission_key=KEY)
    offering.work(request)
    found = offering.read(request)
    assert (found.state, found.asked_kind, clicks) == ("offered", "cancel", [])
    assert (found.subscription_external_id, found.found_by) == (
        str(offering.subscription),
        1,
    )
    assert found.offered_at and found.offered_at > before
    # Nothing goes on until the customer has said their word.
    offering.work(request)
    assert (offering.read(request).state, clicks) == ("offered", [])
    with transaction.atomic():
        assert answer_offer(found, "cancel")
        assert Wakeup.objects.get(kind="rpa.work", subject=request.pk).due_at
    assert found.state == "confirmed"
    assert found.answered_at and found.answered_at > found.offered_at
    offering.work(request)
    done = offering.read(request)
    assert (done.state, done.answered_at, clicks) == (
        "verified",
        found.answered_at,
        [offering.subscription],
    )
    assert entered == CANCELLED.split()
    steps = offering.steps(request)
    assert steps[3:7] == ["allowed", "offered", "went_on", "matched"]


def test_who_takes_the_offer_is_held_against_the_rules_again(
    offering: Stage, clicks: list[int], entered: list[str]
) -> None:
    found = ask(offering)
    assert answer_offer(found, "pause")
    offering.work(found)
    done = offering.read(found)
    assert (done.state, done.kind, done.asked_kind) == ("verified", "pause", "cancel")
    assert (offering.row["state"], clicks) == ("suspend", [offering.subscription])
    # One screen at most: after the rules it is confirmed, not offered again.
    assert entered[3:7] == ["offered", "identified", "confirmed", "matched"]


def test_who_answers_nothing_is_cancelled(offering: Stage, clicks: list[int]) -> None:
    found = ask(offering)
    assert end_offer(offering.shop, found.pk) is None
    assert (offering.read(found).state, offering.read(found).answered_at) == (
        "confirmed",
        None,
    )
    offering.work(found)
    assert (offering.read(found).state, clicks) == (
        "verified",
        [offering.subscription],
    )


def test_a_refusal_comes_without_an_offer(offering: Stage, clicks: list[int]) -> None:
    offering.row["remaining_block_times"] = 2
    found = ask(offering)
    assert (found.state, found.why, found.offered_at) == ("refused", "obliged", None)
    assert "offered" not in offering.steps(found)


def test_a_doubt_comes_before_the_offer(offering: Stage) -> None:
    offering.add_subscription()
    found = ask(offering)
    assert (found.state, found.why, found.offered_at) == (
        "person",
        "two_subscriptions",
        None,
    )


@pytest.mark.parametrize(
    ("kind", "key"), [("cancel", ""), ("pause", KEY), ("skip", KEY)]
)
def test_who_meets_no_offer(
    offering: Stage, entered: list[str], kind: str, key: str
) -> None:
    """What an operator enters, and what is no cancellation, goes on from the rules."""
    offering.work(offering.receive(kind, submission_key=key))
    assert entered[2:4] == ["allowed", "matched"]


def test_who_waits_for_an_answer_holds_the_subscription(
    offering: Stage, clicks: list[int]
) -> None:
    found = ask(offering)
    second = offering.receive()
    offering.work(second)
    assert offering.read(second).why == "open_twice"
    assert (offering.read(found).state, clicks) == ("offered", [])


def test_the_receipt_and_the_offer_are_told_each(offering: Stage) -> None:
    with transaction.atomic():
        MailAccount.objects.create(
            name="ショップ", host="127.0.0.1", from_email="shop@example.jp"
        )
    ask(offering)
    with transaction.atomic():
        rows = Delivery.objects.order_by("pk")
        told = [(row.key.rpartition(":")[2], row.address) for row in rows]
    assert told == [("received", EMAIL), ("offered", EMAIL)]
