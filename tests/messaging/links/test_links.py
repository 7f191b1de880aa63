"""Links counted per person: the addresses, what is a machine, and what a broadcast brought about."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cartsync.models import Cart, CartCustomer, CartOrder, Link
from members.models import Member, Visit
from messaging.content.make import make_line_content
from messaging.content.render import PushBodies
from messaging.links.addresses import decode_token, encode_token, list_urls
from messaging.links.record import record_click
from messaging.models import Broadcast, Click, Content, Delivery, LineAccount
from messaging.results.figures import load_results
from tests.messaging.conftest import Shop, channel

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Line/14.0"
A, B = "https://shop.example/a", "https://shop.example/b?x=1"
TEXT = f"こちら（{A}）から。もう一度 {A}"
BUTTONS = {
    "kind": "buttons",
    "title": "",
    "text": "見る",
    "image": "",
    "actions": [{"label": "b", "do": "url", "value": B}],
}


def make_sent(
    account: LineAccount, members: list[Member], sent_at: datetime
) -> Broadcast:
    content = make_line_content(TEXT, "", [BUTTONS], counts_links=True)
    made = Broadcast.objects.create(
        name="秋",
        account=account,
        content=content,
        state=2,
        due_at=sent_at,
        audience_count=len(members),
    )
    Delivery.objects.bulk_create(
        Delivery(
            sender=account.sender,
            source=1,
            broadcast=made,
            member=member,
            content=content,
            state=2,
            planned_at=sent_at,
            due_at=sent_at,
            finished_at=sent_at,
        )
        for member in members
    )
    return made


@pytest.fixture
def people(account: LineAccount) -> list[Member]:
    return [
        Member.objects.create(
            line_user_id=f"U{n:032}", line_state="friend", name=f"友{n}"
        )
        for n in range(4)
    ]


def tap(
    delivery: Delivery,
    number: int = 0,
    agent: str = PHONE,
    method: str = "get",
    **more: Any,
) -> Any:
    path = f"/p/sakura/m/l/{encode_token(delivery.public_id)}/{number}/"
    return getattr(Client(), method)(path, headers={"User-Agent": agent}, **more)


def of(broadcast: Broadcast, member: Member) -> Delivery:
    found: Delivery = Delivery.objects.get(broadcast=broadcast, member=member)
    return found


def test_each_person_gets_addresses_of_their_own(shop: Shop) -> None:
    first, second = shop.friends(2)
    now = timezone.now()
    with shop.open():
        content = make_line_content(TEXT, "", [BUTTONS], counts_links=True)
        assert list_urls(content) == [A, B]
        Delivery.objects.bulk_create(
            Delivery(
                sender=shop.account.sender,
                source=1,
                member=member,
                content=content,
                planned_at=now,
                due_at=now,
            )
            for member in (first, second)
        )
    shop.dispatch()
    assert shop.states() == {"2": 2}
    talks = channel(shop.line, shop.account).talks
    with shop.open():
        for member in (first, second):
            token = encode_token(Delivery.objects.get(member=member).public_id)
            text, buttons = (each["message"] for each in talks[member.line_user_id])
            own = f"/p/sakura/m/l/{token}/"
            assert text["text"].count(f"{own}0/") == 2
            assert "shop.example" not in json.dumps([text, buttons])
            assert buttons["template"]["actions"][0]["uri"].endswith(f"{own}1/")


def test_a_card_keeps_its_short_addresses(account: LineAccount) -> None:
    card = {**BUTTONS, "text": f"見る {A}"}
    content = make_line_content(f"秋 {A}", "", [card], counts_links=True)
    body = PushBodies(account, [content]).body(content.pk, "U1", "", "", "token")
    text, buttons = json.loads(body)["messages"]
    assert text["text"].endswith("/p/sakura/m/l/token/0/")
    assert buttons["template"]["text"] == f"見る {A}"


def test_where_nothing_is_counted_the_addresses_stay(account: LineAccount) -> None:
    plain = make_line_content("リンクなし", "", [], counts_links=True)
    assert plain.counts_links is False
    shown = Content.objects.create(text=TEXT)
    assert A in PushBodies(account, [shown]).body(shown.pk, "U1", "", "").decode()


def test_a_tap_leads_on_and_is_a_visit(
    account: LineAccount, people: list[Member]
) -> None:
    sent = make_sent(account, people, timezone.now() - timedelta(hours=1))
    delivery = of(sent, people[0])
    answer = tap(delivery, 1)
    assert (answer.status_code, answer["Location"]) == (302, B)
    click = Click.objects.get()
    assert (click.member_id, click.number, click.machine) == (people[0].pk, 1, "")
    assert "127.0.0.1" not in click.origin
    visit = Visit.objects.get()
    assert (visit.member_id, visit.kind) == (people[0].pk, "tap")
    assert tap(delivery, 2).status_code == 404
    token = encode_token(delivery.public_id)
    assert Client().get("/p/sakura/m/l/nonsense/0/").status_code == 404
    assert decode_token(token) == delivery.public_id
    assert Click.objects.count() == 1


def test_machines_are_no_people(account: LineAccount, people: list[Member]) -> None:
    sent = make_sent(account, people, timezone.now() - timedelta(hours=1))
    first, second, third, fourth = (of(sent, member) for member in people)
    tap(first, method="head")
    tap(second, agent="facebookexternalhit/1.1")
    tap(third, agent="")
    assert Visit.objects.count() == 0
    tap(fourth)
    (link, _other) = load_results(sent).links
    assert (link.people, link.taps, link.machines) == (1, 1, 3)


def test_a_burst_right_after_the_sending(
    account: LineAccount, people: list[Member]
) -> None:
    now = timezone.now()
    sent = make_sent(account, people, now)
    first, second, third, _fourth = (of(sent, member) for member in people)
    soon = now + timedelta(seconds=2)
    record_click(first, 0, "GET", PHONE, "192.0.2.1", soon)
    assert Click.objects.get().machine == ""
    record_click(second, 0, "GET", PHONE, "192.0.2.1", soon)
    # Another place, and a person who was quick.
    record_click(third, 0, "GET", PHONE, "192.0.2.2", soon)
    assert list(Click.objects.order_by("pk").values_list("machine", flat=True)) == [
        "burst",
        "burst",
        "",
    ]
    record_click(first, 0, "GET", PHONE, "192.0.2.1", now + timedelta(seconds=30))
    assert load_results(sent).links[0].people == 2


def make_order(
    member: Member, number: str, at: datetime, total: int, state: str = "sold"
) -> CartOrder:
    cart = Cart.objects.first() or Cart.objects.create(name="店", kind="demo")
    customer, _made = CartCustomer.objects.get_or_create(
        cart=cart,
        external_id=f"c{member.pk}",
        defaults={"changed_at": at, "seen_at": at},
    )
    Link.objects.get_or_create(
        cart=cart, member=member, customer=customer, defaults={"linked_at": at}
    )
    made: CartOrder = CartOrder.objects.create(
        cart=cart,
        external_id=number,
        number=number,
        customer_external_id=customer.external_id,
        state=state,
        total=total,
        ordered_at=at,
        changed_at=at,
    )
    return made


def recompute(sent: Broadcast) -> tuple[int, int, int]:
    """(reacted, buyers, yen), person by person and order by order."""
    week = timedelta(days=7)
    reacted, buyers, yen = 0, set(), 0
    for each in Delivery.objects.filter(broadcast=sent, state=2):
        visits = Visit.objects.filter(member=each.member_id)
        reacted += any(
            each.finished_at <= visit.at < each.finished_at + week for visit in visits
        )
    for order in CartOrder.objects.filter(state="sold"):
        member = Link.objects.get(
            customer__external_id=order.customer_external_id
        ).member_id
        taps = [
            click
            for click in Click.objects.filter(member=member, machine="").order_by(
                "at", "pk"
            )
            if order.ordered_at - week < click.at <= order.ordered_at
        ]
        if taps and taps[-1].delivery.broadcast_id == sent.pk:
            buyers.add(member)
            yen += order.total
    return reacted, len(buyers), yen


def test_reactions_and_orders(
    account: LineAccount, people: list[Member], ed: Client
) -> None:
    now = timezone.now()
    first = make_sent(account, people, now - timedelta(days=20))
    later = make_sent(account, people, now - timedelta(days=10))
    one, two, three, _four = people

    def click(sent: Broadcast, member: Member, days: float) -> None:
        record_click(
            of(sent, member),
            0,
            "GET",
            PHONE,
            f"192.0.2.{member.pk}",
            now - timedelta(days=days),
        )

    click(first, one, 19)
    click(later, one, 9)
    click(first, two, 19)
    click(first, three, 12)  # too late for a reaction, not for an order
    make_order(one, "a", now - timedelta(days=8), 5000)
    make_order(one, "b", now - timedelta(days=1), 700)  # more than a week after the tap
    sold = make_order(two, "c", now - timedelta(days=18), 3000)
    make_order(two, "d", now - timedelta(days=18), 900, "cancelled")
    make_order(three, "e", now - timedelta(days=11), 40)
    found = [load_results(each) for each in (first, later)]
    figures = [(each.reacted, each.buyers, each.yen) for each in found]
    assert (
        figures == [(2, 2, 3040), (1, 1, 5000)] == [recompute(first), recompute(later)]
    )
    assert (found[0].reaction_rate, found[0].conversion_rate) == (50.0, 50.0)
    # A tap in a test takes no order away.
    test = Delivery.objects.create(
        sender=account.sender,
        source=Delivery.Source.TEST,
        member=two,
        content=first.content,
        planned_at=now,
        due_at=now,
        state=2,
    )
    record_click(test, 0, "GET", PHONE, "192.0.2.9", now - timedelta(days=18.5))
    assert load_results(first).yen == 3040
    CartOrder.objects.filter(pk=sold.pk).update(state="returned")
    assert load_results(first).yen == 40 == recompute(first)[2]
    page = "/t/sakura" + reverse(
        "messaging:broadcast", args=[first.public_id], urlconf="config.urls_console"
    )
    assert "売上完了 ¥40" in ed.get(page).content.decode()
    log = "/t/sakura" + reverse("messaging:deliveries", urlconf="config.urls_console")
    tapped = (
        ed.get(log, {"broadcast": first.public_id, "link": "0"}).context["page"].rows
    )
    assert {row.member_id for row in tapped} == {one.pk, two.pk, three.pk}
