"""今日やること: a card for each thing that waits, at most six, and today's messages by the hour."""

import html
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from administration.today.sends import count_today_sends, find_next_send
from jobs.models import Job
from members.models import Inquiry, Member
from messaging.models import Broadcast, Delivery, LineAccount, Sender
from tenants.models import Tenant
from tests.cartsync.conftest import make_cart
from tests.conftest import Cast
from tests.messaging.conftest import account, channel, line, one_sandbox

__all__ = ["account", "channel", "line", "one_sandbox"]
TODAY = "/t/sakura/today/"
NOON = datetime(2026, 11, 30, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
State = Delivery.State


def book(account: LineAccount, state: int, at: datetime, **values: object) -> Delivery:
    from messaging.content.make import make_text_content

    return Delivery.objects.create(
        sender=account.sender,
        source=Delivery.Source.TEST,
        address="U" + "0" * 32,
        content=make_text_content("おはよう"),
        state=state,
        planned_at=at,
        due_at=at,
        **values,
    )


def read_cards(client: Client) -> list[tuple[str, int, str]]:
    answer = client.get(TODAY)
    page = answer.content.decode()
    urls = re.findall(r'<a class="tile" href="([^"]+)"', page)
    cards = answer.context["cards"]
    return [
        (str(card.kind.label), card.count, html.unescape(url))
        for card, url in zip(cards, urls, strict=True)
        if card.kind.page != "administration:checklist"
    ]


def test_an_operator_begins_here(sakura: Tenant, aiko: Client) -> None:
    answer = aiko.get("/t/sakura/")
    assert (answer.status_code, answer["Location"]) == (302, TODAY)


def test_nothing_to_do_says_so(sakura: Tenant, vic: Client) -> None:
    answer = vic.get(TODAY)
    assert answer.context["cards"] == []
    page = answer.content.decode()
    assert "今すぐ対応が必要なものはありません" in page
    assert "予約中の送信もありません。" in page


def test_each_thing_that_waits_leads_to_its_list(
    account: LineAccount, aiko: Client, cast: Cast
) -> None:
    now = timezone.now()
    book(account, State.SCHEDULED, now - timedelta(minutes=6))
    book(account, State.SCHEDULED, now - timedelta(minutes=4))
    book(account, State.UNKNOWN, now)
    member = Member.objects.create(link_state=Member.LinkState.REVIEW)
    Inquiry.objects.create(
        member=member,
        subject="返品",
        mark="open",
        assignee=cast.aiko,
        due_on=timezone.localdate() - timedelta(days=1),
    )
    assert read_cards(aiko) == [
        ("送信が遅れています", 1, "/t/sakura/messages/log/?state=late"),
        ("結果が分からない送信", 1, "/t/sakura/messages/log/?state=unknown"),
        ("カート連携の要確認", 1, "/t/sakura/carts/review/"),
        ("期限を過ぎたお問い合わせ", 1, "/t/sakura/members/inquiries/?mark=late"),
        ("自分が担当のお問い合わせ", 1, "/t/sakura/members/inquiries/?mark=open&by=me"),
    ]
    # The list shows as many as the card counts.
    listed = aiko.get("/t/sakura/messages/log/?state=late").context["page"]
    assert [row.due_at for row in listed.rows] == [now - timedelta(minutes=6)]


def test_what_fails_again_and_again_and_what_never_began(
    account: LineAccount, aiko: Client
) -> None:
    make_cart(failures=1)
    make_cart(name="支店", failures=2)
    Broadcast.objects.create(name="年末", account=account, state=Broadcast.State.BROKEN)
    assert read_cards(aiko) == [
        ("読み込みの失敗が続くカート", 1, "/t/sakura/carts/"),
        ("開始できなかった一斉配信", 1, "/t/sakura/messages/broadcasts/?state=4"),
    ]


def test_what_a_stopped_sender_owes_is_one_account_not_many_messages(
    account: LineAccount, aiko: Client, vic: Client
) -> None:
    book(account, State.SCHEDULED, timezone.now() - timedelta(hours=1))
    Sender.objects.filter(pk=account.sender_id).update(paused_reason="auth")
    assert [card[:2] for card in read_cards(aiko)] == [
        ("送信が止まっているアカウント", 1)
    ]
    # Who may not connect accounts is not led to their page.
    assert read_cards(vic) == []


def test_six_cards_are_the_most(account: LineAccount, aiko: Client, cast: Cast) -> None:
    now = timezone.now()
    book(account, State.SCHEDULED, now - timedelta(minutes=6))
    book(account, State.UNKNOWN, now)
    book(account, State.PARKED, now, reason="off")
    make_cart(stopped_reason="鍵が違います", is_active=False)
    member = Member.objects.create(link_state=Member.LinkState.REVIEW)
    for late in (1, 2):
        Inquiry.objects.create(
            member=member,
            subject="返品",
            mark="open",
            assignee=cast.aiko,
            due_on=timezone.localdate() - timedelta(days=late),
        )
    Job.objects.create(kind="members.import", state=Job.State.FAILED)
    assert [card[:2] for card in read_cards(aiko)] == [
        ("送信が遅れています", 1),
        ("止まっているカート連携", 1),
        ("結果が分からない送信", 1),
        ("カート連携の要確認", 1),
        ("期限を過ぎたお問い合わせ", 2),
        ("失敗した処理", 1),
    ]


@pytest.mark.django_db
def test_the_day_is_counted_by_the_hour(account: LineAccount) -> None:
    midnight = NOON.replace(hour=0)
    book(account, State.SENT, midnight)
    book(account, State.SENT, midnight - timedelta(seconds=1))
    for _each in range(2):
        book(account, State.FAILED, NOON + timedelta(minutes=59))
    book(account, State.SCHEDULED, NOON + timedelta(minutes=30))
    book(account, State.SCHEDULED, midnight + timedelta(days=1))
    book(account, State.CANCELLED, NOON)
    found = count_today_sends(NOON)
    assert (found.sent, found.booked, found.failed) == (1, 1, 2)
    counts = {hour.at.hour: hour.counts for hour in found.hours if hour.total}
    assert counts == {
        0: {"sent": 1, "booked": 0, "failed": 0},
        12: {"sent": 0, "booked": 1, "failed": 2},
    }
    assert [(bar.colour, bar.y, bar.height) for bar in found.hours[12].bars] == [
        (3, 80.0, 40.0),
        (1, 0.0, 80.0),
    ]
    assert find_next_send(NOON) == NOON + timedelta(minutes=30)


def test_the_next_message_is_shown(account: LineAccount, vic: Client) -> None:
    first = timezone.now() + timedelta(days=2)
    book(account, State.SCHEDULED, first + timedelta(days=1))
    Broadcast.objects.create(
        name="年末", account=account, state=Broadcast.State.BOOKED, due_at=first
    )
    page = vic.get(TODAY).content.decode()
    assert "今すぐ対応が必要なものはありません" in page
    at = timezone.localtime(first)
    said = f"次の送信は{at.month}/{at.day} {at:%H:%M}の予定です。"
    assert (said in page, "次の送信：" in page) == (True, True)
