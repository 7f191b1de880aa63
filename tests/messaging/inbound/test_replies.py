"""A customer who has written is answered: free while the token lives, as a push afterwards, never twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from members.attributes.definitions import make_attribute, show_attribute
from members.models import Member
from messaging.models import Call, Delivery, LineAccount, WebhookEvent
from messaging.screens.talk.panel import build_talk
from operators.models import AuditEntry, Operator
from sandbox.line.webhooks import issue_reply_token
from tenants.scope import open_tenant_scope
from tests.conftest import client_for
from tests.messaging.conftest import Shop, channel
from tests.messaging.inbound.test_talk import wrote
from tests.messaging.inbound.test_webhook import handle, post

State, Kind = Delivery.State, Call.Kind
KEY = "0123456789abcdef"


def hear(shop: Shop, member: Member, text: str, number: int = 1) -> str:
    """The member writes; return the reply token that comes with it."""
    line = shop.line.line
    token = issue_reply_token(
        line, channel(shop.line, shop.account), member.line_user_id
    )
    made = wrote(member, number, {"type": "text", "text": text})
    with open_tenant_scope(shop.tenant):
        post(shop.account, [{**made, "replyToken": token}])
        handle(shop.account)
    return token


def answer(shop: Shop, member: Member, text: str, key: str = KEY) -> Any:
    return ed(shop).post(url("reply", member.public_id), {"text": text, "key": key})


def ed(shop: Shop) -> Client:
    return client_for(Operator.objects.get(login_id="ed"))


def url(name: str, *args: str) -> str:
    return "/t/sakura" + reverse(
        f"messaging:{name}", args=args, urlconf="config.urls_console"
    )


def let_pass(shop: Shop, seconds: int) -> None:
    with shop.open():
        WebhookEvent.objects.update(
            received_at=F("received_at") - timedelta(seconds=seconds)
        )


def sent(shop: Shop) -> list[tuple[int, str, str]]:
    with shop.open():
        rows = Delivery.objects.order_by("pk").select_related("call")
        return [
            (row.state, row.reason, row.call.kind if row.call else "") for row in rows
        ]


def talk_of(shop: Shop, member: Member) -> list[str]:
    """What the member sees of the shop on their phone."""
    talk = channel(shop.line, shop.account).talks.get(member.line_user_id, [])
    return [each["message"]["text"] for each in talk if each["from"] == "bot"]


def test_within_the_minute_it_is_free(shop: Shop) -> None:
    (member,) = shop.friends(1)
    hear(shop, member, "サイズは何号ですか")
    page = ed(shop).get(f"/t/sakura/members/{member.public_id}/?tab=heard")
    assert "LINEの送信数を使わずに返信できます" in page.content.decode()
    for _click in range(2):
        assert answer(shop, member, "{name|お客様}、9号です").status_code == 302
    shop.dispatch()
    assert sent(shop) == [(State.SENT, "", Kind.REPLY)]
    assert talk_of(shop, member) == [f"{member.line_name}、9号です"]
    assert channel(shop.line, shop.account).used == 0
    with shop.open():
        assert AuditEntry.objects.filter(action="member.replied").count() == 1


def test_afterwards_it_is_a_push(shop: Shop) -> None:
    (member,) = shop.friends(1)
    hear(shop, member, "サイズは何号ですか")
    let_pass(shop, 56)
    page = ed(shop).get(f"/t/sakura/members/{member.public_id}/?tab=heard")
    assert "1通使って送ります" in page.content.decode()
    answer(shop, member, "9号です")
    shop.dispatch()
    assert sent(shop) == [(State.SENT, "", Kind.PUSH)]
    assert (talk_of(shop, member), channel(shop.line, shop.account).used) == (
        ["9号です"],
        1,
    )


def test_a_token_answers_once(shop: Shop) -> None:
    (member,) = shop.friends(1)
    hear(shop, member, "もしもし")
    for number in range(2):
        answer(shop, member, f"{number}", f"{number:016x}")
    shop.dispatch()
    assert sent(shop) == [(State.SENT, "", Kind.REPLY), (State.SENT, "", Kind.PUSH)]
    assert sorted(talk_of(shop, member)) == ["0", "1"]


def test_a_token_that_line_refuses_becomes_a_push(shop: Shop) -> None:
    (member,) = shop.friends(1)
    token = hear(shop, member, "もしもし")
    del shop.line.line.reply_tokens[token]
    answer(shop, member, "はい")
    assert shop.dispatch() is not None  # to be sent another way, at once
    shop.dispatch()
    assert sent(shop) == [(State.SENT, "", Kind.PUSH)]
    assert talk_of(shop, member) == ["はい"]


@pytest.mark.parametrize("fault", ["after_500", "before_500"])
def test_no_answer_is_shown_to_a_person(shop: Shop, fault: str) -> None:
    (member,) = shop.friends(1)
    hear(shop, member, "もしもし")
    answer(shop, member, "はい")
    shop.line.line.faults = type(shop.line.line.faults)(**{fault: 1.0})
    shop.dispatch()
    assert sent(shop) == [(State.UNKNOWN, "reply_unsure", Kind.REPLY)]
    shop.line.line.faults = type(shop.line.line.faults)()
    shop.dispatch()
    assert sent(shop) == [(State.UNKNOWN, "reply_unsure", Kind.REPLY)]
    page = ed(shop).get(f"/t/sakura/members/{member.public_id}/?tab=heard")
    assert "結果不明" in page.content.decode()


def test_a_killed_worker_answers_no_second_time(shop: Shop) -> None:
    (member,) = shop.friends(1)
    hear(shop, member, "もしもし")
    answer(shop, member, "はい")
    shop.dispatch()
    with shop.open():  # as if its process had gone before it wrote the outcome down
        Call.objects.update(state=Call.State.OPEN, finished_at=None)
        Delivery.objects.update(state=State.CLAIMED, finished_at=None)
    shop.shift(120)
    shop.dispatch()
    assert sent(shop) == [(State.UNKNOWN, "reply_unsure", Kind.REPLY)]
    assert talk_of(shop, member) == ["はい"]


def test_what_cannot_be_sent_is_said_with_what_was_typed(shop: Shop) -> None:
    (member,) = shop.friends(1)
    hear(shop, member, "もしもし")
    answered = answer(shop, member, "{nam}様")
    assert answered.status_code == 422
    assert answered.context["reply_form"]["text"].value() == "{nam}様"
    with shop.open():
        silent = Member.objects.create(line_user_id=f"U{'0' * 32}", line_state="friend")
    assert answer(shop, silent, "こんにちは").status_code == 302
    assert sent(shop) == []


def test_another_text_of_the_same_page_is_another_answer(shop: Shop) -> None:
    """The browser's way back brings the old key."""
    (member,) = shop.friends(1)
    hear(shop, member, "もしもし")
    for text in ("はい", "どうぞ", "はい"):
        assert answer(shop, member, text).status_code == 302
    shop.dispatch()
    assert sorted(talk_of(shop, member)) == ["どうぞ", "はい"]


def test_nothing_is_booked_for_an_account_out_of_use(shop: Shop) -> None:
    (member,) = shop.friends(1)
    hear(shop, member, "もしもし")
    with shop.open():
        LineAccount.objects.update(is_active=False)
    page = ed(shop).get(f"/t/sakura/members/{member.public_id}/?tab=heard")
    assert url("reply", member.public_id) not in page.content.decode()
    assert answer(shop, member, "はい").status_code == 302
    assert sent(shop) == []


def test_the_talk_is_one_conversation(shop: Shop) -> None:
    (member,) = shop.friends(1)
    hear(shop, member, "もしもし", 1)
    answer(shop, member, "はい")
    shop.dispatch()
    with shop.open():
        heard = list(member.heard.order_by("-at"))
        talk = build_talk(member, heard, earlier=False, later=False)
        said = [
            each.message.text if each.message else each.delivery and each.delivery.state
            for each in talk
        ]
    assert said == ["もしもし", State.SENT]


def test_attributes_beside_the_talk(shop: Shop) -> None:
    """C14: only those of the third switch, and never an archived one."""
    (member,) = shop.friends(1)
    hear(shop, member, "もしもし")
    with shop.open():
        shown, hidden, archived = (
            make_attribute(name, "text", [], False, True)
            for name in ("号数", "職業", "旧番号")
        )
        show_attribute(shown, in_talk=True)
        show_attribute(archived, in_talk=True)
        type(archived).objects.filter(pk=archived.pk).update(
            archived_at="2026-11-01T00:00Z"
        )
    client = client_for(Operator.objects.get(login_id="aiko"))
    path = f"/t/sakura/members/attributes/{hidden.public_id}/show/"
    page = client.get(f"/t/sakura/members/{member.public_id}/?tab=heard")
    cells = [cell.attribute.name for cell in talk_cells(page)]
    assert cells == ["号数"]
    client.post(path, {"show": "in_talk:1"})
    page = client.get(f"/t/sakura/members/{member.public_id}/?tab=heard")
    assert [cell.attribute.name for cell in talk_cells(page)] == ["号数", "職業"]


def talk_cells(page: Any) -> list[Any]:
    """The cells of the panel, which is rendered by itself."""
    found = [each for each in page.context or () if "talk" in each]
    return list(found[0]["cells"]) if found else []
