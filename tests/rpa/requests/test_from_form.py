"""解約受付: an answer given in LINE is a request, once; tests and other forms are none."""

import pytest
from django.utils import timezone

from cartsync.models import Cart, CartCustomer, Link
from forms_builder.models import Form
from members.models import Member
from messaging.models import LineAccount
from rpa.models import CancellationRequest
from rpa.requests.from_form import find_cart
from sandbox.serving import Sandbox
from tenants.models import Wakeup
from tests.cartsync.conftest import make_cart
from tests.forms_builder.conftest import (
    Phone,
    account,
    fresh_counters,
    make_form,
    quick,
)

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
