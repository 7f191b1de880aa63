"""LINE's own figures: calls carry the unit of their message, and numbers under twenty are not known."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.channels.line.statistics import build_unit_name, fetch_statistics
from messaging.models import Broadcast, Content, Delivery
from operators.models import Operator
from tests.conftest import client_for
from tests.messaging.conftest import Shop, channel


def send_broadcast(shop: Shop, people: int, text: str) -> Broadcast:
    members = shop.friends(people)
    now = timezone.now()
    with shop.open():
        content = Content.objects.create(text=text)
        made = Broadcast.objects.create(
            name="秋",
            account=shop.account,
            content=content,
            state=2,
            due_at=now,
            audience_count=people,
        )
        Delivery.objects.bulk_create(
            Delivery(
                sender=shop.account.sender,
                source=1,
                broadcast=made,
                member=member,
                content=content,
                planned_at=now,
                due_at=now,
            )
            for member in members
        )
    shop.dispatch()
    assert shop.states() == {"2": people}
    return made


def client(shop: Shop) -> Client:
    return client_for(Operator.objects.get(login_id="vic"))


def page_of(shop: Shop, made: Broadcast) -> str:
    path = reverse(
        "messaging:broadcast_at_line",
        args=[made.public_id],
        urlconf="config.urls_console",
    )
    return client(shop).get(f"/t/sakura{path}").content.decode()


@pytest.mark.parametrize(
    "text", ["同じ文", "{name|お客様}へ"], ids=["multicast", "push"]
)
def test_calls_carry_the_unit(shop: Shop, text: str) -> None:
    made = send_broadcast(shop, 24, text)
    counted = channel(shop.line, shop.account).units
    assert {unit: len(people) for unit, people in counted.items()} == {
        build_unit_name(made): 24
    }
    today = timezone.localdate()
    with shop.open():
        found = fetch_statistics(
            shop.account, build_unit_name(made), today - timedelta(days=1), today
        )
    assert (found.opened, found.tapped) == (24, None)
    page = page_of(shop, made)
    assert ">\n              24\n" in page
    assert "20人未満のためLINEが人数を知らせない" in page


def test_under_twenty_nothing_is_known(shop: Shop) -> None:
    made = send_broadcast(shop, 3, "同じ文")
    today = timezone.localdate()
    with shop.open():
        found = fetch_statistics(shop.account, build_unit_name(made), today, today)
    assert (found.opened, found.tapped) == (None, None)


def test_where_line_gives_nothing_the_page_says_so(shop: Shop) -> None:
    made = send_broadcast(shop, 2, "同じ文")
    channel(shop.line, shop.account).access_token = "another"
    shop.line.line.by_token.clear()
    assert "LINEから統計を取得できませんでした" in page_of(shop, made)
