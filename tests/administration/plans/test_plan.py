"""設定 › 契約プラン: what it limits, what goes on at the limit, and who is told."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from administration.plans.watch import describe_near_limit, watch_members
from members.models import Member
from messaging.inbound.keywords import save_keyword
from messaging.models import Broadcast, Keyword, LineAccount
from messaging.tasks import handle_webhook
from operators.models import Notice, Seat
from operators.roles import Role
from operators.seats.invite import invite_operator
from tenants.models import Plan, Tenant
from tenants.shops.plans import compute_level
from tests.messaging.broadcasts.test_broadcasts import make_broadcast
from tests.messaging.conftest import account, line, one_sandbox
from tests.messaging.inbound.test_keywords import answers, write
from tests.messaging.inbound.test_webhook import event, post
from tests.plans import limit_members

__all__ = ["account", "line", "one_sandbox"]
PAGE = "/t/sakura/settings/plan/"


def make_members(count: int) -> None:
    Member.objects.bulk_create([Member(name=f"会員{n}") for n in range(count)])


def read_words(client: Client) -> list[str]:
    return [meter.text for meter in client.get(PAGE).context["meters"]]


@pytest.mark.parametrize(
    ("count", "limit", "level"),
    [(0, 0, 100), (79, 100, 0), (80, 100, 80), (94, 100, 80), (95, 100, 95), (99, 100, 95), (100, 100, 100),
     (101, 100, 100), (9_999_999, None, 0), (4, 5, 80)],
)  # fmt: skip
def test_levels(count: int, limit: int | None, level: int) -> None:
    assert compute_level(count, limit) == level


def test_each_installation_offers_plans(db: None) -> None:
    assert set(Plan.objects.values_list("code", "member_limit")) >= {
        ("trial", 1000),
        ("standard", 30000),
        ("premium", 300000),
        ("enterprise", None),
    }


def test_the_page_says_how_much_is_left(sakura: Tenant, vic: Client) -> None:
    assert read_words(vic) == ["上限はありません。"] * 2
    limit_members(sakura, 20, 3)
    make_members(10)
    Member.objects.create(known_by="order_mail", name="注文メールの方")
    words, full = read_words(vic)
    assert words == "上限まで、あと10名です。"
    assert full.startswith("上限に達しました。招待するには")
    Plan.objects.filter(code="test").update(counts_contacts=True)
    assert read_words(vic)[0] == "上限まで、あと9名です。"
    make_members(5)
    assert read_words(vic)[0] == "上限まで、あと4名です。上限の80%を超えました。"
    make_members(3)
    assert read_words(vic)[0].startswith(
        "上限まで、あと1名です。上限の95%を超えました。"
    )
    make_members(1)
    assert read_words(vic)[0].startswith("上限に達しました。友だちの登録と応答")


def test_owners_are_told_once_for_each_level(sakura: Tenant, vic: Client) -> None:
    limit_members(sakura, 20)
    told = []
    for more in (15, 1, 0, 3, 1, 5):
        make_members(more)
        watch_members(sakura)
        told.append(Notice.objects.filter(kind="plan.near_limit").count())
    assert told == [0, 1, 1, 2, 3, 3]
    texts = describe_near_limit(Notice.objects.order_by("pk"))
    assert [(text.title, text.detail) for text in texts.values()] == [
        ("会員数がプランの上限の80%を超えました", "いま16名、上限は20名です。"),
        ("会員数がプランの上限の95%を超えました", "いま19名、上限は20名です。"),
        ("会員数がプランの上限に達しました", "いま20名、上限は20名です。"),
    ]
    assert "一斉配信と取り込みの開始を保留" in vic.get(PAGE).content.decode()
    Member.objects.filter(name="会員0").delete()
    watch_members(sakura)
    assert Tenant.objects.get(pk=sakura.pk).limit_level == 100
    limit_members(sakura, 100)
    watch_members(sakura)
    assert Tenant.objects.get(pk=sakura.pk).limit_level == 0
    assert "保留しています" not in vic.get(PAGE).content.decode()


def test_at_the_limit_no_broadcast_starts(
    sakura: Tenant, account: LineAccount, ed: Client
) -> None:
    limit_members(sakura, 1)
    found = make_broadcast(account)
    page = f"/t/sakura/messages/broadcasts/{found.public_id}/"
    Member.objects.create(line_user_id="U" + "1" * 32)
    assert "一斉配信の開始を保留しています" in ed.get(page).content.decode()
    answer = ed.post(f"{page}start/", follow=True).content.decode()
    assert "会員数の上限（1名）に達しているため" in answer
    assert Broadcast.objects.get().state == Broadcast.State.DRAFT
    # A new friend is stored all the same, and what is written is answered.
    save_keyword(
        Keyword(word="営業時間", match="whole"), None, "10時からです。", "", []
    )
    post(account, [event()])
    handle_webhook(sakura, account.pk)
    friend = Member.objects.latest("pk")
    assert (Member.objects.count(), friend.line_state) == (2, "friend")
    write(account, friend, "営業時間")
    assert answers() == ["10時からです。"]
    limit_members(sakura, None)
    ed.post(f"{page}start/")
    assert Broadcast.objects.get().state == Broadcast.State.BOOKED


def test_at_the_limit_nobody_is_invited(sakura: Tenant) -> None:
    owner = Seat.objects.get(role=Role.OWNER)
    limit_members(sakura, None, 4)
    invite_operator(owner, "四人目", Role.STAFF, {})
    with pytest.raises(ValidationError, match="招待中の方を含めて4名まで"):
        invite_operator(owner, "五人目", Role.STAFF, {})
