"""A request from its receipt to its end: at the real HTTP of the demo cart, once, or to a person."""

import itertools
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from cartsync.models import CartCustomer, Link
from members.models import Member
from operators.models import Notice
from outbound import faultpoints
from rpa.models import CancellationRequest, RobotLogin
from rpa.requests.decide import (
    choose_subscription,
    close_request,
    rerun_request,
    switch_robot,
)
from rpa.requests.describe import describe_step
from rpa.requests.work import MOST_TRIES
from rpa.robot.work_queue import iterate_due
from sandbox.cart.words import PRODUCTS
from tenants.models import ClosedReason, Wakeup
from tenants.scope import act_as
from tenants.shops.closed import close_shop
from tests.rpa.requests.conftest import EMAIL, Killed, Stage

WHOLE = [
    "received",
    "searched",
    "identified",
    "allowed",
    "matched",
    "submitting",
    "submitted",
    "verified",
]


@pytest.mark.parametrize(
    ("kind", "state", "result"),
    [("cancel", "canceled", "対応完了"), ("pause", "suspend", "休止受付")],
)
def test_from_receipt_to_verified(
    stage: Stage, clicks: list[int], kind: str, state: str, result: str
) -> None:
    request = stage.receive(kind, product=PRODUCTS[0][1], reason="余っている")
    assert stage.work(request) is None
    done = stage.read(request)
    assert (done.state, done.result, done.found_by) == ("verified", result, 1)
    assert (stage.row["state"], clicks) == (state, [stage.subscription])
    assert stage.steps(request) == WHOLE
    assert (done.before["state"], done.after["state"]) == (
        "active",
        {"cancel": "cancelled", "pause": "suspended"}[kind],
    )
    assert done.made_by == stage.cast.ed
    assert stage.work(request) is None
    assert clicks == [stage.subscription]


def test_a_line_at_the_end_of_the_cart_s_memo(stage: Stage, clicks: list[int]) -> None:
    """With the change itself, and only where the shop wants it."""
    stage.row["memo01"] = "電話は午後に"
    silent = stage.receive("skip")
    stage.work(silent)
    assert stage.row["memo01"] == "電話は午後に"
    stage.change_settings(writes_memo=True)
    request = stage.receive(reason="余って\nいる")
    stage.work(request)
    assert [stage.read(each).state for each in (silent, request)] == ["verified"] * 2
    today = timezone.localdate()
    line = f"{today:%Y/%m/%d} Tsunagi / 解約 / 余って いる / {request.public_id}"
    assert stage.row["memo01"] == f"電話は午後に\n{line}"
    assert clicks == [stage.subscription] * 2


def test_the_reason_goes_to_the_cart_by_its_own_id(
    stage: Stage, clicks: list[int]
) -> None:
    """As text, and only where the shop named one for what the customer chose."""
    ids = {"cancel": [["商品が余っている", "12"]], "pause": [["旅行", "7"]]}
    stage.change_settings(reason_ids=ids)
    sent: list[Any] = []
    edit = stage.sandbox.cart.edit_subscription

    def note(number: int, values: dict[str, Any]) -> Any:
        sent.append(values.get("cancel_reason_ids", values.get("suspend_reason_ids")))
        return edit(number, values)

    stage.sandbox.cart.edit_subscription = note  # type: ignore[method-assign]
    rows = [("pause", "旅行"), ("cancel", "商品が 余っている")]
    for kind, reason in rows:
        request = stage.receive(kind, reason=reason)
        stage.work(request)
        assert stage.read(request).state == "verified"
        stage.row["state"] = "active"
    stage.work(stage.receive(reason="ほかの理由"))
    assert sent == [["7"], ["12"], None]


def test_the_evidence_of_a_search_is_masked(stage: Stage) -> None:
    request = stage.receive()
    stage.work(request)
    with transaction.atomic():
        data = request.evidence.get(step="searched").data
    assert data == {
        "number": 1,
        "key": "email",
        "masked": "h***@example.jp",
        "hits": 1,
    }


def test_the_points_that_agree_stand_in_the_record(stage: Stage) -> None:
    """Also where one key was enough: the other two mean the same customer, or nobody."""
    keys = ["phone", "email", "name"]
    stage.change_settings(order=keys, ticked=keys)
    given = {"phone": "0399990000", "email": EMAIL, "name": "高橋花子"}
    request = stage.receive(given=given)
    stage.work(request)
    assert stage.read(request).found_by == 2
    with transaction.atomic():
        row = request.evidence.get(step="identified")
        assert describe_step(row) == "一致した項目：メールアドレス、氏名（2点）"


def test_a_rehearsal_sends_nothing_and_can_be_run_live(
    stage: Stage, clicks: list[int]
) -> None:
    stage.change_settings(is_live=False)
    request = stage.receive()
    stage.work(request)
    assert (stage.read(request).state, clicks) == ("rehearsed", [])
    assert stage.steps(request)[-1] == "rehearsed"
    stage.change_settings(is_live=True)
    assert rerun_request(stage.read(request))
    stage.work(request)
    assert (stage.read(request).state, clicks) == ("verified", [stage.subscription])


@pytest.mark.parametrize(
    ("given", "product", "why"),
    [
        ({"email": "nobody@example.jp"}, "", "none"),
        ({"email": EMAIL}, "別の品", "no_subscription"),
        ({"phone": "0312345678"}, "", "several"),
        ({"email": EMAIL, "phone": "0398765432"}, "", "conflict"),
    ],
)
def test_a_doubt_goes_to_a_person(
    stage: Stage, clicks: list[int], given: dict[str, str], product: str, why: str
) -> None:
    stage.change_settings(
        order=["email", "phone", "name"], ticked=["email", "phone"], mode="any"
    )
    stage.add_customer(email="taro@example.jp")
    stage.add_customer(email="jiro@example.jp", full_tel="0398765432")
    request = stage.receive(given=given, product=product)
    stage.work(request)
    found = stage.read(request)
    assert (found.state, found.why, clicks) == ("person", why, [])
    with transaction.atomic():
        assert [(n.kind, n.data) for n in Notice.objects.all()] == [
            ("rpa.needs_person", {"why": why})
        ]
    assert stage.row["state"] == "active"


def test_of_two_subscriptions_a_person_chooses(stage: Stage, clicks: list[int]) -> None:
    second = stage.add_subscription()
    request = stage.receive(product=PRODUCTS[0][1])
    stage.work(request)
    found = stage.read(request)
    assert (found.why, clicks) == ("two_subscriptions", [])
    rows = found.candidates["rows"]
    assert [row["email"] for row in rows] == [EMAIL]
    assert sorted(each["id"] for each in rows[0]["subscriptions"]) == sorted(
        [str(stage.subscription), str(second)]
    )
    with act_as(stage.cast.ed, "console"):
        assert not choose_subscription(found, "99")
        assert choose_subscription(found, str(second))
    stage.work(request)
    done = stage.read(request)
    assert (done.state, clicks, done.found_by) == ("verified", [second], 0)
    assert (done.decided_by, done.candidates) == (stage.cast.ed, {})
    assert "chosen" in stage.steps(request)


def test_one_open_request_for_each_subscription(
    stage: Stage, clicks: list[int]
) -> None:
    stage.change_settings(stopped_at=None, is_live=True)
    first, second = stage.receive(), stage.receive()
    with transaction.atomic():
        CancellationRequest.objects.filter(pk=first.pk).update(
            state="person",
            why="changed",
            subscription_external_id=str(stage.subscription),
        )
    stage.work(second)
    assert (stage.read(second).why, clicks) == ("open_twice", [])
    assert not choose_subscription(stage.read(second), str(stage.subscription))
    with act_as(stage.cast.ed, "console"):
        assert close_request(stage.read(first), "not")
        assert choose_subscription(stage.read(second), str(stage.subscription))
    stage.work(second)
    assert (stage.read(second).state, clicks) == ("verified", [stage.subscription])


def test_what_a_person_ends_stays_ended(stage: Stage, clicks: list[int]) -> None:
    request = stage.receive()
    with act_as(stage.cast.ed, "console"):
        assert close_request(stage.read(request), "done", "電話で解約した")
    stage.work(request)
    found = stage.read(request)
    assert (found.state, found.why, found.decided_by, clicks) == (
        "closed",
        "closed_done",
        stage.cast.ed,
        [],
    )
    assert not close_request(found, "not")


def test_a_stop_holds_everything_and_a_start_goes_on(
    stage: Stage, clicks: list[int]
) -> None:
    with transaction.atomic(), act_as(stage.cast.aiko, "console"):
        switch_robot(False)
    request = stage.receive()
    assert stage.work(request) is None
    assert (stage.read(request).state, clicks) == ("received", [])
    with transaction.atomic():
        Wakeup.objects.all().delete()
    with transaction.atomic(), act_as(stage.cast.aiko, "console"):
        switch_robot(True)
    with transaction.atomic():
        woken = Wakeup.objects.filter(kind="rpa.work").values_list("subject", flat=True)
        assert list(woken) == [request.pk]
    stage.work(request)
    assert (stage.read(request).state, clicks) == ("verified", [stage.subscription])


def test_a_200_that_changed_nothing_goes_to_a_person(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[int] = []

    def ignore(number: int, values: object) -> object:
        reached.append(number)
        return stage.row

    monkeypatch.setattr(stage.sandbox.cart, "edit_subscription", ignore)
    request = stage.receive()
    stage.work(request)
    found = stage.read(request)
    assert (found.state, found.why, reached) == (
        "person",
        "unconfirmed",
        [stage.subscription],
    )
    assert not choose_subscription(found, str(stage.subscription))
    stage.work(request)
    assert reached == [stage.subscription]


@pytest.mark.parametrize(
    ("point", "ending", "sent"),
    [
        ("rpa.submitting", ("person", "unconfirmed"), 0),
        ("rpa.submitted", ("verified", ""), 1),
        ("rpa.verifying", ("verified", ""), 1),
    ],
)
def test_a_worker_killed_at_each_point_sends_at_most_once(
    stage: Stage, clicks: list[int], point: str, ending: tuple[str, str], sent: int
) -> None:
    def kill(name: str) -> None:
        if name == point:
            raise Killed

    request = stage.receive()
    faultpoints.hook = kill
    with pytest.raises(Killed):
        stage.work(request)
    faultpoints.hook = None
    assert stage.read(request).state in ("submitting", "submitted")
    for _again in range(3):
        stage.work(request)
    found = stage.read(request)
    assert ((found.state, found.why), len(clicks)) == (ending, sent)


def test_an_unreadable_cart_after_the_click_ends_with_a_person(
    stage: Stage, clicks: list[int]
) -> None:
    def kill(name: str) -> None:
        if name == "rpa.submitted":
            raise Killed

    request = stage.receive()
    faultpoints.hook = kill
    with pytest.raises(Killed):
        stage.work(request)
    faultpoints.hook = None
    stage.sandbox.cart.switches.outage = True
    pauses = list(itertools.takewhile(bool, (stage.work(request) for _n in range(20))))
    found = stage.read(request)
    assert (found.state, found.why, len(pauses), len(clicks)) == (
        "person",
        "unreadable",
        MOST_TRIES - 1,
        1,
    )


def test_a_cart_that_is_down_before_is_asked_again(
    stage: Stage, clicks: list[int]
) -> None:
    stage.sandbox.cart.switches.outage = True
    request = stage.receive()
    assert stage.work(request) > timezone.now()
    assert (stage.read(request).state, clicks) == ("received", [])
    stage.sandbox.cart.switches.outage = False
    stage.work(request)
    assert (stage.read(request).state, clicks) == ("verified", [stage.subscription])


def test_the_hours_of_the_robot(stage: Stage, clicks: list[int]) -> None:
    local = timezone.localtime()
    ahead = (local + timedelta(hours=2)).time().replace(second=0, microsecond=0)
    until = (local + timedelta(hours=3)).time().replace(second=0, microsecond=0)
    stage.change_settings(opens_at=ahead, closes_at=until)
    request = stage.receive()
    opening = stage.work(request)
    assert timezone.localtime(opening).time() == ahead
    assert (stage.read(request).state, clicks) == ("received", [])


def test_a_refusal_says_why(stage: Stage, clicks: list[int]) -> None:
    soon = datetime.now(UTC) + timedelta(days=3)
    stage.row["scheduled_to_be_delivered_at"] = soon.strftime("%Y/%m/%d 00:00:00")
    stage.change_settings(days_before=30, opens_at=time(0, 0), closes_at=time(0, 0))
    request = stage.receive()
    stage.work(request)
    found = stage.read(request)
    assert (found.state, found.why, found.result, clicks) == (
        "refused",
        "too_late",
        "解約不可",
        [],
    )


def test_obligatory_deliveries_are_read_at_the_cart(
    stage: Stage, clicks: list[int]
) -> None:
    stage.row["remaining_block_times"] = 2
    request = stage.receive()
    stage.work(request)
    found = stage.read(request)
    assert (found.state, found.why, clicks) == ("refused", "obliged", [])


def test_a_stranger_s_request_is_looked_at_first(
    stage: Stage, clicks: list[int]
) -> None:
    request = stage.receive(is_stranger=True)
    stage.work(request)
    found = stage.read(request)
    assert (found.state, found.why, clicks) == ("person", "stranger", [])
    with act_as(stage.cast.ed, "console"):
        assert choose_subscription(found, str(stage.subscription))
    stage.work(request)
    assert (stage.read(request).state, clicks) == ("verified", [stage.subscription])


@pytest.mark.parametrize("whose", ["customer", "member"])
def test_nobody_cancels_for_another_member(
    stage: Stage, clicks: list[int], whose: str
) -> None:
    """Linked with somebody else is the customer who was found, or the member who asked."""
    request = stage.receive()
    with transaction.atomic():
        now = timezone.now()
        asking, other = Member.objects.create(), Member.objects.create()
        found_one = whose == "customer"
        customer = CartCustomer.objects.create(
            cart=request.cart,
            external_id=str(stage.customer) if found_one else "another",
            changed_at=now,
            seen_at=now,
        )
        Link.objects.create(
            cart=request.cart,
            member=other if found_one else asking,
            customer=customer,
            matched_by="email",
            linked_at=now,
        )
        CancellationRequest.objects.update(member=asking)
    stage.work(request)
    found = stage.read(request)
    assert (found.state, found.why, clicks) == ("person", "stranger", [])


def test_a_product_that_is_not_taken(stage: Stage, clicks: list[int]) -> None:
    stage.change_settings(refused_products=f"別の品\n {PRODUCTS[0][1]}　\n")
    request = stage.receive()
    stage.work(request)
    found = stage.read(request)
    assert (found.state, found.why, clicks) == ("refused", "refused_product", [])


def test_a_skip_by_the_cart_s_own_flag(stage: Stage, clicks: list[int]) -> None:
    request = stage.receive("skip")
    stage.work(request)
    assert (stage.read(request).state, clicks) == ("verified", [stage.subscription])


def test_a_shop_that_closes_stops_the_browser_between_two_requests(
    stage: Stage,
) -> None:
    stage.change_settings(stopped_at=None, is_live=True)
    first, second = stage.receive(), stage.receive()
    with transaction.atomic():
        RobotLogin.objects.create(
            cart=stage.cart, recipe="demo", url="https://shop.example.jp"
        )
    due = iterate_due(stage.cart)
    assert next(due)[0] == first
    close_shop(stage.shop, ClosedReason.DISABLED)
    assert list(due) == []
    with transaction.atomic():
        CancellationRequest.objects.filter(pk=second.pk).update(state="submitted")
    assert [request for request, _settings in iterate_due(stage.cart)] == [second]
