"""解約受付: an answer given in LINE is a request, once; tests and other forms are none."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cartsync.models import Cart, CartCustomer, Link
from forms_builder.models import Field, Form
from forms_builder.public.personal.links import build_personal_links
from forms_builder.versions import store_version
from members.models import Member
from messaging.models import LineAccount
from rpa.fields.carts import find_cart
from rpa.models import CancellationRequest
from sandbox.serving import Sandbox
from tenants.models import Wakeup
from tests.cartsync.conftest import make_cart
from tests.forms_builder.conftest import (
    Phone,
    account,
    fresh_counters,
    make_form,
    quick,
    ticket_in,
)
from tests.rpa.fields.test_kinds import PRODUCTS, link, subscribe

__all__ = ["account", "fresh_counters", "quick"]
GOOD = {"name": "髙橋 花子", "phone": "090-1234-5678", "email": "hanako@example.jp"}


@pytest.fixture
def phone(sandbox: Sandbox, account: LineAccount) -> Phone:
    return Phone(sandbox, make_form(account, kind=Form.Kind.CANCEL))


def test_an_answer_is_a_request_once(phone: Phone, cart: Cart) -> None:
    ticket = phone.ticket()
    for _twice in range(2):
        phone.answer(ticket, **GOOD, **{phone.text_name(): "余っている"})
    made = CancellationRequest.objects.get()
    member = Member.objects.get(line_user_id=phone.user_id)
    assert (made.kind, made.state, made.cart, made.member) == (
        "cancel",
        "received",
        cart,
        member,
    )
    assert made.given == GOOD
    assert (made.reason, made.made_by) == ("ご要望：余っている", None)
    assert Wakeup.objects.filter(kind="rpa.work", subject=made.pk).count() == 1


def test_what_is_not_answered_is_the_member_s(phone: Phone, cart: Cart) -> None:
    phone.answer(phone.ticket(), **GOOD)
    phone.answer(phone.ticket(), **GOOD | {"email": "", "phone": "090-9999-8888"})
    newest = CancellationRequest.objects.order_by("pk").last()
    assert newest and newest.given == GOOD | {"phone": "090-9999-8888"}


def test_another_form_and_a_shop_without_a_cart_make_none(phone: Phone) -> None:
    assert phone.answer(phone.ticket(), **GOOD).status_code == 302
    assert CancellationRequest.objects.count() == 0
    make_cart()
    phone.form.kind = Form.Kind.IDENTITY
    phone.form.save()
    assert phone.answer(phone.ticket(), **GOOD).status_code == 302
    assert CancellationRequest.objects.count() == 0


def test_the_linked_cart_comes_before_the_first(cart: Cart) -> None:
    other, now = make_cart(name="別館"), timezone.now()
    first = Cart.objects.order_by("name").first()
    member = Member.objects.create()
    assert (find_cart(None), find_cart(member)) == (first, first)
    linked = cart if first == other else other
    customer = CartCustomer.objects.create(
        cart=linked, external_id="1", changed_at=now, seen_at=now
    )
    Link.objects.create(
        cart=linked, member=member, customer=customer, matched_by="email", linked_at=now
    )
    assert find_cart(member) == linked


def add_question(phone: Phone, kind: str, **settings: Any) -> None:
    position = phone.form.fields.count() + 1
    Field.objects.create(
        form=phone.form,
        position=position,
        kind=kind,
        label=kind,
        settings=settings,
        is_required=False,
    )
    store_version(phone.form)


ACTIONS = {
    "choices": [
        {"id": "cancel", "label": "解約"},
        {"id": "next_date", "label": "次回お届け日の変更"},
    ]
}
REASONS = {"choices": [{"id": "r1", "label": "余っている"}]}


def test_the_chosen_subscription_and_the_wish_are_carried(
    phone: Phone, cart: Cart
) -> None:
    for kind, settings in (
        ("rpa_product", PRODUCTS),
        ("rpa_action", ACTIONS),
        ("rpa_reason", REASONS),
        ("rpa_date", {}),
    ):
        add_question(phone, kind, **settings)
    phone.open()
    member = Member.objects.get(line_user_id=phone.user_id)
    link(cart, member)
    subscribe(cart, "41")
    page = phone.open().content.decode()
    assert "青汁（次回お届け 2026/11/20）" in page
    day = timezone.localdate() + timedelta(days=9)
    phone.answer(
        phone.ticket(),
        **GOOD,
        rpa_product=f"s:{cart.public_id}:41",
        rpa_action="next_date",
        rpa_date=f"{day:%Y/%m/%d}",
        rpa_reason="r1",
    )
    made = CancellationRequest.objects.get()
    assert (made.kind, made.product, made.wanted_subscription) == (
        "next_date",
        "青汁",
        "41",
    )
    assert (made.wanted_date, made.reason, made.state) == (
        day,
        "余っている",
        "received",
    )


def test_a_personal_link_of_a_mail_asks_for_the_subscription_too(
    phone: Phone, cart: Cart
) -> None:
    add_question(phone, "rpa_product", **PRODUCTS)
    member = Member.objects.create(name="髙橋 花子", email="stored@example.jp")
    link(cart, member)
    subscribe(cart, "41")
    [url] = build_personal_links(phone.form.public_id, [member.pk]).values()
    page = phone.client.get("/p/" + url.partition("/p/")[2])
    body = page.content.decode()
    assert "青汁（次回お届け 2026/11/20）" in body and "stored@example.jp" not in body
    phone.answer(ticket_in(page), **GOOD, rpa_product=f"s:{cart.public_id}:41")
    made = CancellationRequest.objects.get()
    assert (made.member, made.is_stranger) == (member, False)
    assert (made.wanted_subscription, made.product) == ("41", "青汁")


def test_nobody_chooses_the_subscription_of_somebody_else(
    phone: Phone, cart: Cart
) -> None:
    add_question(phone, "rpa_product", **PRODUCTS)
    link(cart, Member.objects.create())
    subscribe(cart, "41")
    ticket = phone.ticket()
    answer = phone.answer(ticket, **GOOD, rpa_product=f"s:{cart.public_id}:41")
    assert answer.status_code == 422
    assert CancellationRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"rpa_product": "other"}, "unlisted"),
        ({"rpa_product": "p:a", "rpa_action": "next_date"}, "no_date"),
    ],
)
def test_what_cannot_be_done_as_said_goes_to_a_person(
    phone: Phone, cart: Cart, typed: dict[str, str], why: str
) -> None:
    add_question(phone, "rpa_product", **PRODUCTS)
    add_question(phone, "rpa_action", **ACTIONS)
    phone.answer(phone.ticket(), **GOOD, **typed)
    made = CancellationRequest.objects.get()
    assert (made.state, made.why) == ("person", why)


def test_an_answer_of_nobody_is_a_stranger_s_request(phone: Phone, cart: Cart) -> None:
    phone.form.allows_browser = True
    phone.form.save()
    add_question(phone, "rpa_product", **PRODUCTS)
    link(cart, Member.objects.create(email_key="hanako@example.jp"))
    subscribe(cart, "41")
    opened = phone.client.get(f"{phone.base}browser/")
    assert "次回お届け" not in opened.content.decode()
    answer = phone.answer(ticket_in(opened), **GOOD, rpa_product="p:a")  # type: ignore[arg-type]
    made = CancellationRequest.objects.get()
    assert answer.headers["Location"].startswith(f"/p/sakura/r/{made.public_id}.")
    assert (made.member, made.is_stranger, made.product) == (None, True, "青汁")
