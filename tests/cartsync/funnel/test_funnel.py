"""The funnel: who is counted where, what each number opens, and how the days are kept."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from cartsync.funnel.count import (
    SOONEST,
    WAKEUP,
    count_again_soon,
    count_everything,
    count_funnel,
    count_reasons,
)
from cartsync.funnel.reasons import store_unlinked_reasons
from cartsync.matching.link import link_members
from cartsync.matching.match import match_members
from cartsync.matching.operator_decisions import end_link
from cartsync.matching.reasons import find_reason
from cartsync.models import Cart, FunnelDay, Link, UnlinkedReason
from members.conditions.sql import filter_members
from members.listing.list_filter import build_leaf
from members.models import Member
from tenants.models import Tenant, Wakeup
from tests.cartsync.conftest import DAY, customer, known, make_cart, stored

pytestmark = pytest.mark.django_db
Code = UnlinkedReason.Code


@pytest.fixture
def read(cart: Cart) -> Cart:
    """A cart, matched by phone, that has been read since everybody answered."""
    cart.read_until = DAY + timedelta(days=1)
    cart.save()
    return cart


def friend(phone: str = "", email: str = "", **values: Any) -> Member:
    return known(phone, email, line_state="friend", **values)


@pytest.fixture
def people(read: Cart) -> dict[str, Member]:
    """One member for each reason that a cart which is well can give, by the reason's name."""
    found = {
        "customers": friend("090-1111-0001"),
        "taken": friend("090-1111-0002"),
        "members": friend("090-1111-0003"),
        "near": friend("090-1111-0014", "near@example.jp"),
        "gone": friend("090-2222-0005"),
        "ended": friend("090-3333-0006"),
        "no_key": friend("", "only@example.jp"),
        "waiting": friend("090-4444-0008"),
        "not_found": friend("090-5555-0009"),
    }
    owner, other = friend("090-9999-0001"), friend("090-1111-0003")
    one = stored(
        read,
        customer(1, "09011110001"),
        customer(2, "09011110001"),
        customer(3, "09011110002"),
        customer(4, "09011110003"),
        customer(5, "09099990003", "near@example.jp"),
        customer(6, "09022220005", state="left"),
        customer(7, "09033330006"),
        customer(8, "09044440008"),
    )
    link_members(
        read, [(owner.pk, one[2].pk), (found["ended"].pk, one[6].pk)], "operator"
    )
    end_link(Link.objects.get(member=found["ended"]))
    assert other.link_state == "known"
    return found


def read_codes() -> dict[int, str]:
    return {
        row.member_id: Code(row.code).name.lower()
        for row in UnlinkedReason.objects.all()
    }


def test_each_reason_is_found_as_the_members_page_tells_it(
    people: dict[str, Member],
) -> None:
    store_unlinked_reasons()
    codes = read_codes()
    assert {codes[member.pk]: name for name, member in people.items()} == {
        name: name for name in people
    }
    for name, member in people.items():
        member.refresh_from_db()
        reason = find_reason(member)
        assert reason and reason.code == name


def test_a_second_time_changes_nothing_and_forgets_the_linked(
    read: Cart, people: dict[str, Member]
) -> None:
    store_unlinked_reasons()
    before = list(UnlinkedReason.objects.order_by("pk").values_list("pk", "code"))
    store_unlinked_reasons()
    after = list(UnlinkedReason.objects.order_by("pk").values_list("pk", "code"))
    assert after == before
    match_members(read)
    store_unlinked_reasons()
    assert people["waiting"].pk not in read_codes()
    assert UnlinkedReason.objects.count() == len(before) - 1


def test_of_two_carts_the_one_that_asks_most_counts(
    read: Cart, people: dict[str, Member]
) -> None:
    second = make_cart(name="二号店", match_key="email")
    second.read_until = DAY + timedelta(days=1)
    second.save()
    store_unlinked_reasons()
    codes = read_codes()
    assert codes[people["customers"].pk] == "customers"
    assert codes[people["not_found"].pk] == "no_key", "it gave no email"
    typo = friend("", "someone@gmial.com")
    store_unlinked_reasons()
    assert read_codes()[typo.pk] == "no_key", "the first cart has no phone to ask by"


def test_a_mistyped_address(sakura: Tenant) -> None:
    cart = make_cart(match_key="email")
    cart.read_until = DAY + timedelta(days=1)
    cart.save()
    typo = friend("", "someone@gmial.com")
    store_unlinked_reasons()
    assert read_codes() == {typo.pk: "typo"}


def test_no_cart_and_a_cart_that_is_down(sakura: Tenant) -> None:
    member = friend("090-1111-0001")
    store_unlinked_reasons()
    assert read_codes() == {member.pk: "no_cart"}
    make_cart(is_active=False, stopped_reason="refused")
    store_unlinked_reasons()
    assert read_codes() == {member.pk: "down"}


def test_only_friends_who_are_there_count(
    read: Cart, people: dict[str, Member]
) -> None:
    Member.objects.filter(pk=people["gone"].pk).update(line_state="blocked")
    Member.objects.filter(pk=people["no_key"].pk).update(deleted_at=timezone.now())
    Member.objects.create(line_state="friend")
    store_unlinked_reasons()
    counts = count_reasons()
    assert Code.GONE not in counts and Code.NO_KEY not in counts
    assert counts[Code.MEMBERS] == 2
    funnel = count_funnel()
    assert (funnel.friends, funnel.known, funnel.linked) == (11 - 2 + 1, 9, 1)
    assert funnel.known_share == 90


def test_every_number_opens_its_people_and_has_an_action(
    aiko: Client, read: Cart, people: dict[str, Member]
) -> None:
    late = friend("090-8888-0001")
    Member.objects.create(line_state="friend")
    match_members(read, [])
    store_unlinked_reasons()
    UnlinkedReason.objects.filter(member=late).delete()
    page = aiko.get("/t/sakura/carts/funnel/")
    rows = page.context["rows"]
    assert len(rows) == len(people) + 2
    for row in rows:
        listed = aiko.get(row.url).context["page"]
        assert len(listed.rows) == row.count, row.label
    urls = page.context["urls"]
    funnel = page.context["funnel"]
    shown = {
        "friends": funnel.friends, "known": funnel.known, "linked": funnel.linked,
        "unanswered": funnel.unanswered, "form": funnel.by_form, "operator": funnel.by_operator,
        "import": funnel.by_import,
    }  # fmt: skip
    for name, count in shown.items():
        assert len(aiko.get(urls[name]).context["page"].rows) == count, name
    assert [row.step is None for row in rows].count(True) == 1, (
        "only what is not looked at yet"
    )


def test_asking_again_begins_with_exactly_those_members(
    aiko: Client, read: Cart, people: dict[str, Member]
) -> None:
    store_unlinked_reasons()
    rows = aiko.get("/t/sakura/carts/funnel/").context["rows"]
    row = next(row for row in rows if row.step.bulk and "いない" in row.label)
    question = aiko.post(row.step.url, {"scope": "all", "action": row.step.bulk})
    assert question.status_code == 200
    chosen = question.context["chosen"]
    assert [member.pk for member in chosen.sample] == [people["not_found"].pk]


def test_who_may_only_look_gets_no_button(
    vic: Client, read: Cart, people: dict[str, Member]
) -> None:
    store_unlinked_reasons()
    assert b'value="ask_again"' not in vic.get("/t/sakura/carts/funnel/").content


def test_the_condition_denies_what_it_finds(
    read: Cart, people: dict[str, Member]
) -> None:
    store_unlinked_reasons()

    def ask(op: str, value: Any) -> set[int]:
        leaf = build_leaf("unlinked_reason", op, value)
        return set(
            filter_members(Member.objects.all(), leaf).values_list("pk", flat=True)
        )

    near = {people["near"].pk}
    everybody = set(Member.objects.values_list("pk", flat=True))
    assert ask("in", ["near"]) == near
    assert ask("not_in", ["near"]) == everybody - near
    assert ask("empty", True) == set()
    Member.objects.filter(pk__in=near).update(link_state="linked")
    assert ask("in", ["near"]) == set(), "who is linked has no reason, whatever stands"


def test_it_comes_again_in_an_hour_and_sooner_after_a_poll(
    read: Cart, sakura: Tenant
) -> None:
    again = count_everything()
    day = FunnelDay.objects.get()
    assert again - day.counted_at >= timedelta(hours=1)
    count_again_soon(sakura)
    assert Wakeup.objects.get(kind=WAKEUP).due_at == day.counted_at + SOONEST


def test_the_address_of_the_list_holds_no_person(
    aiko: Client, read: Cart, people: dict[str, Member]
) -> None:
    store_unlinked_reasons()
    rows = aiko.get("/t/sakura/carts/funnel/").context["rows"]
    asked = {tuple(parse_qs(urlsplit(row.url).query)) for row in rows}
    assert asked == {("c",)}
