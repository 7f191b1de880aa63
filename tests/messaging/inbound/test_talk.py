"""What customers write is kept once, and stands on their page."""

from typing import Any

import pytest
from django.test import Client

from members.merge.merge import merge_members
from members.models import Member
from messaging.models import InboundMessage, LineAccount, WebhookEvent
from tests.conftest import Cast
from tests.messaging.inbound.test_webhook import event, handle, post

AT = 1_790_000_000_000


def wrote(
    member: Member, number: int, message: dict[str, Any], at: int = AT
) -> dict[str, Any]:
    """The event of a message; LINE's id of the message is M and its number."""
    made = event("message", at + number, f"E{number}", member.line_user_id)
    return {**made, "message": {"id": f"M{number}", **message}}


def took_back(member: Member, number: int, at: int = AT) -> dict[str, Any]:
    made = event("unsend", at + 5_000, f"U{number}", member.line_user_id)
    return {**made, "unsend": {"messageId": f"M{number}"}}


def kept() -> list[tuple[str, str, bool]]:
    rows = InboundMessage.objects.order_by("at", "pk")
    return list(rows.values_list("kind", "text", "is_unsent"))


def test_each_kind_is_kept_once(account: LineAccount, member: Member) -> None:
    told: list[dict[str, Any]] = [
        {"type": "text", "text": "電話番号を\n変えました🌸"},
        {"type": "image", "contentProvider": {"type": "line"}},
        {"type": "file", "fileName": "領収書.pdf", "fileSize": 9},
        {"type": "location", "title": "自宅", "address": "東京都", "latitude": 1},
        {"type": "sticker", "packageId": "1"},
        {"type": "hologram", "text": "何か"},
    ]
    events = [wrote(member, number, message) for number, message in enumerate(told)]
    for _again in range(2):
        post(account, events)
        handle(account)
        WebhookEvent.objects.update(handled_at=None)
    assert kept() == [
        ("text", "電話番号を\n変えました🌸", False),
        ("image", "", False),
        ("file", "領収書.pdf", False),
        ("location", "自宅\n東京都", False),
        ("sticker", "", False),
        ("other", "", False),
    ]
    assert InboundMessage.objects.filter(member=member).count() == 6


def test_what_was_taken_back_loses_its_words(
    account: LineAccount, member: Member
) -> None:
    post(account, [wrote(member, 1, {"type": "text", "text": "ひみつ"})])
    handle(account)
    post(account, [took_back(member, 1)])
    handle(account)
    assert kept() == [("text", "", True)]
    assert "ひみつ" not in str(list(WebhookEvent.objects.values_list("payload")))


def test_taken_back_before_it_was_heard(account: LineAccount, member: Member) -> None:
    post(account, [took_back(member, 1)])
    handle(account)
    post(account, [wrote(member, 1, {"type": "text", "text": "ひみつ"})])
    handle(account)
    assert kept() == [("other", "", True)]
    assert "ひみつ" not in str(list(WebhookEvent.objects.values_list("payload")))


@pytest.mark.parametrize(
    "part",
    [{}, {"message": None}, {"message": {"id": 7}}, {"message": {"id": "M1"}}],
    ids=str,
)
def test_odd_messages_hold_up_nothing(
    account: LineAccount, member: Member, part: dict[str, Any]
) -> None:
    post(account, [{**event("message", user=member.line_user_id), **part}])
    handle(account)
    assert WebhookEvent.objects.filter(handled_at=None).count() == 0
    assert len(kept()) == (1 if part == {"message": {"id": "M1"}} else 0)


def test_whose_account_it_was_before_a_merge(
    account: LineAccount, member: Member, cast: Cast
) -> None:
    post(account, [wrote(member, 1, {"type": "text", "text": "前"})])
    handle(account)
    stays = Member.objects.create(name="残る人")
    merge_members(stays, [member], {}, cast.ed)
    post(account, [wrote(member, 2, {"type": "text", "text": "後"})])
    handle(account)
    rows = InboundMessage.objects.order_by("at").values_list("member", "text")
    assert list(rows) == [(stays.pk, "前"), (stays.pk, "後")]


def test_they_stand_on_the_members_page(
    account: LineAccount, member: Member, ed: Client
) -> None:
    page = f"/t/sakura/members/{member.public_id}/"
    assert "?tab=heard" not in ed.get(page).content.decode()
    texts = [{"type": "text", "text": f"<b>その{n:02}</b>"} for n in range(11)]
    post(account, [wrote(member, n, text) for n, text in enumerate(texts)])
    post(account, [wrote(member, 99, {"type": "image"}), took_back(member, 3)])
    handle(account)
    shown = ed.get(page, {"tab": "heard"}).content.decode()
    order = [f"&lt;b&gt;その{n:02}&lt;/b&gt;" for n in range(11) if n != 3]
    assert [shown.count(text) for text in order] == [1] * 10
    assert [shown.index(text) for text in order] == sorted(map(shown.index, order))
    assert "その03" not in shown and shown.count("（送信が取り消されました）") == 1
    assert "[画像]" in shown
    newest = ed.get(page, {"tab": "all"}).content.decode()
    assert ("その00" in newest, "その10" in newest) == (False, True)
