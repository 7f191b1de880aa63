"""The question at once: from the answer's commit to the outcome of the record."""

from datetime import datetime

import pytest
from django.utils import timezone

from cartsync.matching import ask_cart
from cartsync.matching.link import link_members
from cartsync.matching.match import match_members
from cartsync.matching.operator_decisions import end_link
from cartsync.models import Cart, CartCustomer, Link
from members.attributes import cells, definitions
from members.identity import edit_cell
from members.identity.answers import record_answer
from members.identity.edit import edit_member
from members.models import IdentityRecord, Member, MemberTag
from members.signals import identity_changed
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.cartsync.conftest import customer, known, make_cart, stored
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
PHONE = "090-1234-5678"
LONGEST_ASK = ask_cart.LONGEST_ASK


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no silent cart."""
    monkeypatch.setattr(ask_cart, "LONGEST_ASK", 60)


@pytest.fixture(autouse=True)
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(
        "cartsync.matching.ask_cart.current_app.send_task",
        lambda name, **options: sent.append(name),
        raising=False,
    )
    return sent


def answer(member: Member, **values: str) -> IdentityRecord:
    return record_answer(member, "form", received_at=timezone.now(), **values)


def asked(record: IdentityRecord) -> str:
    ask_cart.ask_all_carts(record.member.tenant, record.member_id)
    record.refresh_from_db()
    return record.outcome


def test_an_answer_wakes_the_question_and_has_it_asked_now(
    cart: Cart, nudged: list[str], django_capture_on_commit_callbacks: object
) -> None:
    member = Member.objects.create()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        record = answer(member, phone=PHONE)
    record.refresh_from_db()
    assert record.outcome == "asking"
    assert list(Wakeup.objects.values_list("kind", "subject")) == [
        ("cartsync.ask", member.pk)
    ]
    assert nudged == ["tenants.tick"]


def test_found_and_linked(shop: Sandbox, live: Cart) -> None:
    shop.cart.add_customer({"name": "佐藤 花子", "full_tel": "０９０１２３４５６７８"})
    shop.cart.add_customer({"name": "別 人", "full_tel": "090-1234-5679"})
    record = answer(Member.objects.create(), phone=PHONE)
    assert asked(record) == "linked"
    assert (
        CartCustomer.objects.count(),
        Link.objects.count(),
        MemberTag.objects.count(),
    ) == (1, 1, 1)
    assert asked(record) == "linked"
    assert (Link.objects.count(), MemberTag.objects.count()) == (1, 1)


def test_not_found_then_corrected(shop: Sandbox, live: Cart) -> None:
    shop.cart.add_customer({"name": "佐藤 花子", "full_tel": PHONE})
    member = Member.objects.create()
    first = answer(member, phone="090-1234-9999")
    assert asked(first) == "not_found"
    second = answer(member, phone=PHONE)
    assert asked(second) == "linked"
    first.refresh_from_db()
    assert first.outcome == "not_found"


def test_two_customers_are_for_a_person(shop: Sandbox, live: Cart) -> None:
    for name in ("花子", "太郎"):
        shop.cart.add_customer({"name": name, "full_tel": PHONE})
    record = answer(Member.objects.create(), phone=PHONE)
    assert asked(record) == "review"
    assert record.member.link_state in ("known", "review")
    assert Member.objects.get().link_state == "review"


def test_a_silent_cart_is_unavailable_within_the_time(
    shop: Sandbox, live: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer of the form waits no longer than three seconds for the answer."""
    assert LONGEST_ASK < 3
    monkeypatch.setattr(ask_cart, "LONGEST_ASK", 0.5)
    shop.cart.switch(slow_ms=6000)
    record = answer(Member.objects.create(), phone=PHONE)
    assert asked(record) == "unavailable"


def test_only_buyers(shop: Sandbox, live: Cart) -> None:
    live.needs_order = True
    live.save()
    row = shop.cart.add_customer({"name": "花子", "full_tel": PHONE})
    record = answer(Member.objects.create(), phone=PHONE)
    assert asked(record) == "not_found"
    shop.cart.add_order(row["id"])
    record = answer(record.member, phone=PHONE)
    assert asked(record) == "linked"
    assert CartCustomer.objects.get().buy_times == 1


def test_a_filter_the_cart_ignores_is_not_believed(
    shop: Sandbox, live: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.cart.add_customer({"name": "別 人", "full_tel": "090-9999-0000"})
    monkeypatch.setattr(
        "cartsync.connectors.ecforce.format_phone_digits", lambda e164: "09099990000"
    )
    assert asked(answer(Member.objects.create(), phone=PHONE)) == "not_found"
    assert CartCustomer.objects.count() == 0


def test_many_at_once_are_matched_not_asked(cart: Cart, sakura: Tenant) -> None:
    cart.read_until = datetime.now().astimezone()
    cart.save()
    members = [known(f"090-1234-56{number}") for number in range(10, 30)]
    stored(
        cart, *(customer(number, f"090-1234-56{number}") for number in range(10, 25))
    )
    identity_changed.send(
        Member,
        tenant=sakura,
        member_ids=[member.pk for member in members],
        record_ids=[],
    )
    assert list(Wakeup.objects.values_list("kind", flat=True)) == ["cartsync.match"]
    ask_cart.match_known_members(sakura)
    assert Link.objects.count() == 15
    assert Member.objects.filter(link_state="linked").count() == 15


def test_nobody_is_matched_against_half_a_first_reading(
    cart: Cart, sakura: Tenant
) -> None:
    known(PHONE)
    stored(cart, customer(1, PHONE))
    ask_cart.match_known_members(sakura)
    assert Link.objects.count() == 0


def test_a_linked_member_with_a_new_number_keeps_the_link(
    shop: Sandbox, live: Cart
) -> None:
    shop.cart.add_customer({"name": "佐藤 花子", "full_tel": PHONE})
    member = Member.objects.create()
    asked(answer(member, phone=PHONE))
    second = answer(member, phone="090-7777-8888")
    assert asked(second) == "not_found"
    pair = Link.objects.get()
    assert pair.ended_at is None and pair.changed_at is not None


def test_without_a_cart_nothing_is_asked(sakura: Tenant) -> None:
    record = answer(Member.objects.create(), phone=PHONE)
    record.refresh_from_db()
    assert record.outcome == ""
    assert Wakeup.objects.count() == 0


def test_two_shops(shop: Sandbox, cast: object) -> None:
    from tenants.scope import open_tenant_scope

    shop.cart.add_customer({"name": "佐藤 花子", "full_tel": PHONE})
    with open_tenant_scope(cast.momiji):  # type: ignore[attr-defined]
        make_cart(base_url=shop.cart_url)
        theirs = answer(Member.objects.create(), phone=PHONE)
    with open_tenant_scope(cast.sakura):  # type: ignore[attr-defined]
        ask_cart.ask_all_carts(cast.sakura, theirs.member_id)  # type: ignore[attr-defined]
        assert Link.objects.count() == 0
    with open_tenant_scope(cast.momiji):  # type: ignore[attr-defined]
        assert asked(theirs) == "linked"


def test_the_broker_may_be_away(cart: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(name: str, **options: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(
        "cartsync.matching.ask_cart.current_app.send_task", away, raising=False
    )
    record = answer(Member.objects.create(), phone=PHONE)
    ask_cart.hand_out_wakeups()
    assert Wakeup.objects.get().subject == record.member_id


def test_taking_back_a_first_answer_flags_its_link(cart: Cart, cast: Cast) -> None:
    """The cell was filled by mistake, the cart linked by it, and the mistake was taken back."""
    member = Member.objects.create()
    phone = definitions.find_attribute("phone")
    assert phone
    (theirs,) = stored(cart, customer(1, PHONE))
    edit_cell.write_cell(member, phone, PHONE, "", cast.ed)
    link_members(cart, [(member.pk, theirs.pk)], "phone")
    edit_cell.write_cell(
        member, phone, "", cells.build_cell(member, phone).value, cast.ed, undo=True
    )
    pair = Link.objects.get()
    assert pair.changed_at is not None and pair.ended_at is None
    member.refresh_from_db()
    assert (member.phone, member.link_state) == ("", "linked")


def test_taking_back_an_answer_closes_the_question_it_raised(
    cart: Cart, cast: Cast
) -> None:
    member = Member.objects.create()
    phone = definitions.find_attribute("phone")
    assert phone
    stored(cart, customer(1, PHONE), customer(2, PHONE))
    edit_cell.write_cell(member, phone, PHONE, "", cast.ed)
    match_members(cart, [member.pk])
    member.refresh_from_db()
    assert member.link_state == "review"
    edit_cell.write_cell(member, phone, "", member.phone_shown, cast.ed, undo=True)
    ask_cart.ask_all_carts(member.tenant, member.pk)
    member.refresh_from_db()
    assert member.link_state == "unanswered"


def test_a_linked_member_with_another_number_is_told_the_truth(
    shop: Sandbox, live: Cart
) -> None:
    shop.cart.add_customer({"name": "佐藤 花子", "full_tel": PHONE})
    member = Member.objects.create()
    assert asked(answer(member, phone=PHONE)) == "linked"
    wrong = answer(member, phone="090-1234-9999")
    assert asked(wrong) == "not_found"
    assert (Link.objects.current().count(), Link.objects.changed().count()) == (1, 1)
    shop.cart.add_customer({"name": "別 人", "full_tel": "090-5555-6666"})
    assert asked(answer(member, phone="090-5555-6666")) == "review"
    assert asked(answer(member, phone=PHONE)) == "linked"


def test_an_operator_s_edit_bears_the_verdict(
    shop: Sandbox, live: Cart, cast: Cast
) -> None:
    shop.cart.add_customer({"name": "佐藤 花子", "full_tel": PHONE})
    member = Member.objects.create()
    assert asked(answer(member, phone=PHONE)) == "linked"
    edit_member(member, {"phone": "090-1234-9999"}, None, cast.ed)
    edited = member.identity_records.get(source="operator")
    assert edited.outcome == "asking"
    assert asked(edited) == "not_found"


def test_not_found_is_never_said_of_what_was_not_looked_for(
    shop: Sandbox, live: Cart
) -> None:
    """An email at a cart that matches by phone; a name alone; a number that was corrected before the cart was asked."""
    member = Member.objects.create()
    assert asked(answer(member, email="hanako@example.jp")) == "not_asked"
    assert asked(answer(Member.objects.create(), name="花子")) == "not_asked"
    first = answer(member, phone="090-1234-0000")
    second = answer(member, phone=PHONE)
    assert asked(second) == "not_found"
    first.refresh_from_db()
    assert first.outcome == "not_asked"
    assert asked(answer(member, email="hanako@example.jp")) == "not_asked"
    assert asked(answer(member, name="花子")) == "not_found"


def test_a_pair_that_a_person_ended_is_for_a_person(shop: Sandbox, live: Cart) -> None:
    shop.cart.add_customer({"name": "佐藤 花子", "full_tel": PHONE})
    member = Member.objects.create()
    assert asked(answer(member, phone=PHONE)) == "linked"
    end_link(Link.objects.select_related("cart", "customer__cart").get())
    assert asked(answer(member, phone=PHONE)) == "review"
