"""Why a member is not linked, and whom it may be."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cartsync.funnel.reasons import store_unlinked_reasons
from cartsync.matching.match import match_members
from cartsync.matching.near_misses import find_near_misses, find_slip
from cartsync.matching.operator_decisions import end_link
from cartsync.matching.reasons import find_reason, find_reasons
from cartsync.models import Cart, Link, SyncRun, UnlinkedReason
from cartsync.screens.member.panels import build_link_context
from members.models import Member
from members.normalize.near_keys import generate_phone_slips
from tenants.wakeups import wake
from tests.cartsync.conftest import DAY, customer, known, make_cart, stored

pytestmark = pytest.mark.django_db
PHONE = "090-1234-5678"


@pytest.fixture
def read(cart: Cart) -> Cart:
    """A cart that has been read since everybody answered."""
    cart.read_until = DAY + timedelta(days=1)
    cart.save()
    return cart


def said(member: Member) -> tuple[str, str]:
    member.refresh_from_db()
    found = find_reason(member)
    assert found
    return found.code, found.text


def test_unanswered_and_no_cart(sakura: object) -> None:
    assert said(Member.objects.create()) == ("unanswered", "未回答")
    assert said(known(PHONE)) == ("no_cart", "カートが登録されていません")


def test_waiting_names_the_next_poll(cart: Cart) -> None:
    at = (
        timezone.now()
        .astimezone(timezone.get_default_timezone())
        .replace(hour=14, minute=30)
    )
    wake(cart.tenant, "cartsync.poll", at=at, subject=cart.pk)
    assert said(known(PHONE)) == ("waiting", "連携待ち（次の連携 14:30）")


def test_not_found(read: Cart) -> None:
    assert said(known(PHONE)) == ("not_found", "カートに同じ電話番号の顧客がいません")
    assert said(known(email="a@example.jp")) == ("no_key", "電話番号が未回答です")


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("090-1234-5679", "電話番号が1桁違う顧客がいます（顧客番号C10423）"),
        ("090-2134-5678", "電話番号の2桁が入れ替わった顧客がいます（顧客番号C10423）"),
    ],
)
def test_near_phone_numbers(read: Cart, typed: str, text: str) -> None:
    stored(read, customer(10423, PHONE))
    member = known(typed)
    assert said(member) == ("near", text)
    assert find_slip(member) == "phone"


def test_the_other_key_is_the_nearest(read: Cart) -> None:
    stored(
        read, customer(1, "090-1234-5679"), customer(2, "090-7777-6666", "a@example.jp")
    )
    member = known(PHONE, "a@example.jp")
    assert said(member) == ("near", "メールアドレスが同じ顧客がいます（顧客番号C2）")
    # Nothing was mistyped.
    assert find_slip(member) == ""


def test_near_addresses(sakura: object) -> None:
    cart = make_cart(match_key="email", read_until=DAY + timedelta(days=1))
    stored(cart, customer(7, email="hanako@gmail.com"))
    member = known(email="hanako@gmial.com")
    assert said(member) == (
        "near",
        "メールアドレスのドメインだけが違う顧客がいます（顧客番号C7）",
    )
    nobody = known(email="taro@gmial.com")
    assert said(nobody) == (
        "typo",
        "メールアドレスは「taro@gmail.com」ではありませんか",
    )


def test_collisions(read: Cart) -> None:
    one, twin = known(PHONE), known("090-1111-2222")
    stored(read, customer(1, PHONE), customer(2, PHONE), customer(3, "090-1111-2222"))
    match_members(read)
    assert said(one) == ("customers", "同じ電話番号の顧客が2人以上います")
    second = known("090-1111-2222")
    match_members(read)
    twin.refresh_from_db()
    assert find_reason(twin) is None
    assert said(second) == ("taken", "カートの顧客は別の会員と連携済みです")
    end_link(Link.objects.get())
    assert said(twin) == ("members", "同じ電話番号の会員が2人以上います")


def test_ended_gone_and_down(read: Cart) -> None:
    ours, gone = known(PHONE), known("090-1111-2222")
    stored(read, customer(1, PHONE), customer(2, "090-1111-2222", state="left"))
    match_members(read)
    end_link(Link.objects.get())
    assert said(ours) == ("ended", "一度連携を終えた顧客です")
    assert said(gone) == ("gone", "カートの顧客（顧客番号C2）は退会です")
    SyncRun.objects.create(
        cart=read,
        started_at=timezone.now(),
        begun_at=timezone.now(),
        outcome="try_later",
        error="broken",
    )
    assert said(known("090-3333-4444")) == ("down", "カートが応答していません")


def test_neighbours_of_a_number() -> None:
    found = list(generate_phone_slips("+819012345678"))
    assert len([key for key, kind in found if kind == "digit"]) == 90
    assert len([key for key, kind in found if kind == "swapped"]) == 9
    assert "+819012345678" not in dict(found)
    assert (
        list(generate_phone_slips("+15551234567"))
        == list(generate_phone_slips(""))
        == []
    )


@pytest.mark.parametrize("many", [1, 200])
def test_each_slip_of_a_number_is_found_in_the_cart(
    read: Cart, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """The statement makes the same numbers as the function does, each with its kind; what is two slips away is none."""
    monkeypatch.setattr("cartsync.matching.near_misses.MANY", many)
    stored(read, customer(1, "090-1123-4567"), customer(2, "090-9999-9999"))
    slips = dict(generate_phone_slips("+819011234567"))
    far = dict.fromkeys(("+819011234599", "+819021134576", "", "+15551234567"), "")
    members = Member.objects.bulk_create(
        Member(phone_e164=key, known_at=DAY, link_state="known")
        for key in (*slips, *far)
    )
    found = find_near_misses(read, members)
    kinds = {one.phone_e164: found[one.pk].kind for one in members if one.pk in found}
    assert kinds == slips
    assert {near.number for near in found.values()} == {"C1"}


@pytest.mark.parametrize("members", [1, 3, 50])
def test_a_page_of_members_costs_a_fixed_number_of_queries(
    read: Cart, members: int, django_assert_num_queries: object
) -> None:
    stored(read, customer(1, "090-1234-0009"))
    page = [
        known(f"090-1234-0{number:03}", f"a{number}@example.jp")
        for number in range(members)
    ]
    with django_assert_num_queries(7):  # type: ignore[operator]
        assert len(find_reasons(page)) == members


def test_the_members_page(read: Cart, aiko: Client) -> None:
    ours, near = known(PHONE, name="花子"), known("090-5678-1235", name="次郎")
    stored(read, customer(1, PHONE), customer(2, "090-5678-1234"))
    match_members(read)

    class Seat:
        def can(self, right: str) -> bool:
            return True

    class Request:
        seat = Seat()

        def get_full_path(self) -> str:
            return "/t/sakura/members/x/"

    ours.refresh_from_db()
    shown = build_link_context(Request(), ours)  # type: ignore[arg-type]
    assert [link.customer.number for link in shown["linked"]] == ["C1"]
    assert shown["case"] is None
    shown = build_link_context(Request(), near)  # type: ignore[arg-type]
    assert [candidate.customer.number for candidate in shown["case"].candidates] == [
        "C2"
    ]
    assert shown["case"].reason.text == "電話番号が1桁違う顧客がいます（顧客番号C2）"


def test_the_line_id_is_a_reason_before_the_carts_own_key(read: Cart) -> None:
    """Nobody needs to have answered, nor to have given the cart's key."""
    read.uses_line_id = True
    read.save()
    line = "U" + "a" * 32
    stored(read, *(replace(customer(n), line_id=line) for n in (1, 2)))
    silent = Member.objects.create(line_user_id=line)
    text = "同じLINE IDの顧客が2人以上います"
    assert said(silent) == ("customers", text)
    Member.objects.filter(pk=silent.pk).update(known_at=DAY, email="a@example.jp")
    assert said(silent) == ("customers", text)
    store_unlinked_reasons()
    assert UnlinkedReason.objects.get().code == UnlinkedReason.Code.CUSTOMERS
    ended = known(PHONE, line_user_id="U" + "b" * 32)
    stored(read, replace(customer(3), line_id=ended.line_user_id))
    match_members(read)
    end_link(Link.objects.get(member=ended))
    assert said(ended) == ("ended", "一度連携を終えた顧客です")
