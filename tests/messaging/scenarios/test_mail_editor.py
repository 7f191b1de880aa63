"""The editor of a mail step: what it saves, refuses and previews."""

from typing import Any

import pytest
from django.test import Client

from members.models import Member
from messaging.content.events import EventField, EventFields
from messaging.extension import MessagingExtension, extensions
from messaging.models import LineAccount, MailAccount, Scenario, Step
from sandbox.serving import Sandbox
from tests.extensions import hand_in
from tests.messaging.conftest import (
    make_mail_account,
)

ORDERS = EventFields(
    frozenset({"order"}),
    {"order_number": EventField("注文番号", "見本-1")},
    lambda keys: {
        key: {"order_number": key.upper()} for key in keys if key[:6] == "order:"
    },
)


@pytest.fixture(autouse=True)
def orders(monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(
        monkeypatch, extensions, MessagingExtension("above", event_fields=(ORDERS,))
    )


@pytest.fixture
def mail_account(account: LineAccount, line: Sandbox) -> MailAccount:
    return make_mail_account(line)


def given(account: LineAccount, **values: Any) -> dict[str, Any]:
    return {
        "name": "お礼", "account": account.public_id, "without_tag": "on", "is_ad": "0",
        "delay_number": "2", "delay_unit": "hours", "without_mode": "all", "with_mode": "all",
        "way": "mail", "subject": "ご注文{order_number}のお礼", "mail_text": "{name|お客様}様\r\n届きましたか",
        "mobile": "", "html": "<p onclick='x'>{name|お客様}様</p>", **values,
    }  # fmt: skip


def test_the_editor_saves_a_mail_and_shows_it_again(
    account: LineAccount, mail_account: MailAccount, ed: Client
) -> None:
    base = "/t/sakura/messages/steps/"
    assert ed.post(f"{base}new/", given(account)).status_code == 302
    scenario, step = Scenario.objects.get(), Step.objects.get()
    assert (scenario.is_ad, step.way, step.mail_content) == (False, "mail", None)
    assert step.content.mail == {
        "subject": "ご注文{order_number}のお礼",
        "text": "{name|お客様}様\n届きましたか",
        "mobile": "",
        "html": "<p>{name|お客様}様</p>",
    }
    assert (
        "ご注文{order_number}のお礼"
        in ed.get(f"{base}{scenario.public_id}/").content.decode()
    )
    form = ed.get(f"{base}{scenario.public_id}/edit/").context["form"]
    assert (form["way"].value(), form["mail_text"].value()) == (
        "mail",
        "{name|お客様}様\n届きましたか",
    )


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"subject": ""}, ["subject"]),
        ({"mail_text": "{name}様"}, ["mail_text"]),
        ({"way": "either"}, ["text"]),
        ({"without_tag": "", "new_trigger": "秋"}, ["subject"]),
    ],
    ids=str,
)
def test_a_wrong_mail_is_refused_beside_its_field(
    account: LineAccount,
    mail_account: MailAccount,
    ed: Client,
    values: dict[str, str],
    wrong: list[str],
) -> None:
    answer = ed.post("/t/sakura/messages/steps/new/", given(account, **values))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, wrong)


def test_without_a_mail_account_no_mail_is_saved(
    account: LineAccount, ed: Client
) -> None:
    answer = ed.post("/t/sakura/messages/steps/new/", given(account))
    assert "メールアカウント" in str(answer.context["form"].errors["way"])


def test_the_preview_shows_the_mail_filled_in(account: LineAccount, ed: Client) -> None:
    member = Member.objects.create(name="佐藤 桜", email="a@example.jp")
    sent = {
        "way": "either", "text": "LINE {order_number}", "subject": "{name}様", "mail_text": "注文{order_number}",
        "html": "<p>{name}</p><script>x()</script>", "sample": member.public_id,
    }  # fmt: skip
    shown = ed.post("/t/sakura/messages/contents/preview/", sent).content.decode()
    assert "佐藤 桜様" in shown
    assert "注文見本-1" in shown
    assert "LINE 見本-1" in shown
    page = ed.post("/t/sakura/messages/contents/preview/html/", sent)
    assert "<p>佐藤 桜</p>" in page.content.decode()
    assert "script" not in page.content.decode()
    policy = page["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
