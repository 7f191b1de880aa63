"""The kinds of questions that a 解約受付 form has of its own."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cartsync.models import Cart, CartCustomer, CartSubscription, Link
from forms_builder.questions.base import Value
from forms_builder.questions.question import Question
from forms_builder.screens.question_rows import QuestionRow, write_raw
from members.models import Member
from rpa.fields.product import UNLISTED
from rpa.fields.wishes import parse_cycle
from rpa.requests import plan

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
PRODUCTS = {"choices": [{"id": "a", "label": "青汁"}, {"id": "b", "label": "お茶"}]}


def link(cart: Cart, member: Member, customer: str = "7") -> CartCustomer:
    made = CartCustomer.objects.create(
        cart=cart, external_id=customer, changed_at=NOW, seen_at=NOW
    )
    Link.objects.create(
        cart=cart, member=member, customer=made, matched_by="email", linked_at=NOW
    )
    return made


def subscribe(cart: Cart, number: str, state: str = "active", **values: Any) -> None:
    given = {"product": "青汁", "customer_external_id": "7", "next_at": NOW}
    CartSubscription.objects.create(
        cart=cart, external_id=number, state=state, changed_at=NOW, **given | values
    )


def list_options(question: Question, member: Member | None) -> list[tuple[str, str]]:
    field = question.type.build_member_inputs(question, True, member)[""]
    return list(field.choices)  # type: ignore[attr-defined]


def test_who_is_linked_chooses_a_living_subscription(cart: Cart) -> None:
    member = Member.objects.create()
    question = Question("rpa_product", "商品", id="q1", settings=PRODUCTS)
    link(cart, member)
    subscribe(cart, "41")
    subscribe(cart, "42", "suspended", product="お茶", next_at=None)
    subscribe(cart, "43", "cancelled")
    subscribe(cart, "44", customer_external_id="8")
    key = f"s:{cart.public_id}"
    assert list_options(question, member) == [
        (f"{key}:41", "青汁（次回お届け 2026/11/20）"),
        (f"{key}:42", "お茶（休止中）"),
        (UNLISTED, "この中にない"),
    ]
    assert question.type.clean(question, {"": f"{key}:41"}) == [
        Value("青汁（次回お届け 2026/11/20）", choice=f"{key}:41")
    ]


@pytest.mark.usefixtures("sakura")
def test_everybody_else_chooses_a_product() -> None:
    question = Question("rpa_product", "商品", id="q1", settings=PRODUCTS)
    expected = [("p:a", "青汁"), ("p:b", "お茶"), (UNLISTED, "この中にない")]
    assert list_options(question, None) == expected
    assert list_options(question, Member.objects.create()) == expected
    assert question.type.clean(question, {"": "p:b"}) == [Value("お茶", choice="p:b")]
    assert question.type.clean(question, {"": ""}) == []


def test_what_the_cart_cannot_do_is_not_offered(
    cart: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [("cancel", "解約"), ("skip", "スキップ")]
    settings = {"choices": [{"id": key, "label": label} for key, label in both]}
    question = Question("rpa_action", "お手続き", id="q1", settings=settings)
    assert list_options(question, None) == both
    monkeypatch.setitem(CAPABLE, "cancel", False)
    assert list_options(question, None) == both[1:]
    monkeypatch.setitem(CAPABLE, "skip", False)
    assert list_options(question, None) == both  # nothing is left: a person does it


CAPABLE = {"cancel": True, "skip": True}


@pytest.fixture(autouse=True)
def capable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "can_do", lambda cart, kind: CAPABLE[kind])


@pytest.mark.usefixtures("sakura")
def test_the_actions_are_switches_that_outlive_a_move() -> None:
    data = {
        "q0-kind": "rpa_action", "q0-label": "お手続き", "q0-key": "q1", "q0-writes": "", "q0-shown_when": "",
        "q0-s-cancel": "on", "q0-s-pause": "on",
    }  # fmt: skip
    raw = {name.removeprefix("q0-"): text for name, text in data.items()}
    row = QuestionRow("q0", raw, {}, [], data)
    assert row.is_valid()
    choices = [
        {"id": "cancel", "label": "解約"},
        {"id": "pause", "label": "休止"},
    ]
    assert row.question.settings == {"choices": choices}
    moved = QuestionRow("q0", write_raw(row.question), {}, [])
    assert moved.question.settings == {"choices": choices}
    none = {key: text for key, text in data.items() if "-s-" not in key}
    row = QuestionRow("q0", raw, {}, [], none)
    assert (row.is_valid(), list(row.settings.errors)) == (False, ["cancel"])


def test_a_cycle_is_read_in_days() -> None:
    texts = ["30日ごと", "６０日", "毎月", "0日", "400日", "10日か20日"]
    assert [parse_cycle(text) for text in texts] == [30, 60, None, None, None, None]


@pytest.mark.usefixtures("sakura")
def test_the_wished_date_is_after_today() -> None:
    question, today = Question("rpa_date", "希望日", id="q1"), timezone.localdate()
    with pytest.raises(ValidationError, match="明日から"):
        question.type.clean(question, {"": f"{today:%Y/%m/%d}"})
    day = today + dt.timedelta(days=1)
    assert question.type.clean(question, {"": f"{day:%Y/%m/%d}"})[0].date == day
