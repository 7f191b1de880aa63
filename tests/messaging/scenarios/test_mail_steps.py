"""Steps that go by mail, or by LINE or mail, whichever reaches the member when they are due."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Member
from messaging.content.events import EventField, EventFields
from messaging.content.make import Written, make_mail_content
from messaging.extension import MessagingExtension, extensions
from messaging.forecast.dry_run import forecast_booked
from messaging.models import Delivery, LineAccount, MailAccount, Scenario, Step
from messaging.scenarios.advice.preview import preview_scenario
from messaging.scenarios.advice.warnings import list_warnings
from messaging.scenarios.apply import apply_step, count_outdated
from messaging.scenarios.explain.decision import explain_member
from messaging.scenarios.manage import save_step
from messaging.suppression.manage import suppress_address
from messaging.triggers.fire import Happening, fire_trigger
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.extensions import hand_in
from tests.messaging.conftest import (
    Shop,
    give,
    make_friends,
    make_mail_account,
    make_scenario,
    make_tag,
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


def let_go_by(scenario: Scenario, way: str, **values: str) -> Step:
    """Let the scenario's one step go this way."""
    step = scenario.steps.get()
    given = {"subject": "件名", "mail_text": "本文", "text": "LINEの文", **values}
    return save_step(scenario, step, {}, Written(way=way, **given))  # type: ignore[arg-type]


def booked() -> list[tuple[int | None, str, int, int, int | None]]:
    rows = Delivery.objects.order_by("member_id")
    return list(
        rows.values_list(
            "member_id", "channel", "sender_id", "content_id", "other_content_id"
        )
    )


def test_a_mail_step_books_from_the_mail_account(
    account: LineAccount, mail_account: MailAccount, line: Sandbox
) -> None:
    tag = make_tag("回答済み")
    scenario = make_scenario(account, tag, is_ad=False)
    step = let_go_by(scenario, "mail")
    (member,) = make_friends(line, account, 1, email="a@example.jp")
    give(tag, member)
    sender = mail_account.sender_id
    assert booked() == [(member.pk, "mail", sender, step.content_id, None)]
    assert Delivery.objects.get().is_ad is False
    woken = Wakeup.objects.filter(kind="messaging.dispatch")
    assert list(woken.values_list("subject", flat=True)) == [sender]


def test_a_scenario_of_mails_needs_no_line_account(
    sakura: Tenant, line: Sandbox
) -> None:
    account = make_mail_account(line)
    tag = make_tag("回答済み")
    scenario = Scenario.objects.create(name="お礼", is_on=True)
    scenario.triggers.create(kind="tag_added", tag=tag)
    written = Written(way="mail", subject="件名", mail_text="本文")
    save_step(scenario, None, {"delay": timedelta()}, written)
    member = Member.objects.create(email="a@example.jp")
    give(tag, member)
    assert [row[:3] for row in booked()] == [(member.pk, "mail", account.sender_id)]
    assert explain_member(scenario, member).is_sent
    assert preview_scenario(scenario).reached == 1


def test_a_line_step_of_a_scenario_of_mails_finds_the_line_account(
    account: LineAccount, line: Sandbox
) -> None:
    """It would reach nobody, and say nothing."""
    tag = make_tag("回答済み")
    scenario = Scenario.objects.create(name="お礼", is_on=True)
    scenario.triggers.create(kind="tag_added", tag=tag)
    save_step(scenario, None, {"delay": timedelta()}, Written(text="こんにちは"))
    (friend,) = make_friends(line, account, 1)
    give(tag, friend)
    assert [row[:3] for row in booked()] == [(friend.pk, "line", account.sender_id)]


def test_whichever_reaches_is_chosen_for_each(
    account: LineAccount, mail_account: MailAccount, line: Sandbox
) -> None:
    tag = make_tag("回答済み")
    step = let_go_by(make_scenario(account, tag), "either")
    friend, blocked, nobody = make_friends(line, account, 3, email="a@example.jp")
    Member.objects.filter(pk=blocked.pk).update(line_state="blocked")
    Member.objects.filter(pk=nobody.pk).update(line_state="blocked", email="")
    give(tag, friend, blocked, nobody)
    by_line = "line", account.sender_id, step.content_id, step.mail_content_id
    by_mail = "mail", mail_account.sender_id, step.mail_content_id, step.content_id
    assert booked() == [
        (friend.pk, *by_line),
        (blocked.pk, *by_mail),
        (nobody.pk, *by_line),
    ]
    shown = preview_scenario(step.scenario)
    assert (shown.fit, shown.reached) == (3, 2)
    assert shown.reasons == [("会員がLINE公式アカウントをブロックしています。", 1)]
    run = forecast_booked()
    assert (run.days[0].sent, run.days[0].left_out) == (2, 1)
    people = Member.objects.order_by("pk")
    said = [explain_member(step.scenario, each).is_sent for each in people]
    assert said == [True, True, False]


def test_what_changed_before_it_is_due_changes_the_channel(shop: Shop) -> None:
    """A friend who blocked gets the mail, one who became a friend the LINE message, each once."""
    with shop.open():
        sender = make_mail_account(shop.line).sender
        scenario = make_scenario(shop.account, shop.tag)
        let_go_by(scenario, "either", subject="{name|お客様}様")
        gone, come = make_friends(shop.line, shop.account, 2, email="a@example.jp")
        lost = Member.objects.create(email="b@example.jp")
        held = Member.objects.create(email="c@example.jp")
        Member.objects.filter(pk=come.pk).update(line_state="none")
        give(shop.tag, gone, come, lost, held)
        suppress_address("c@example.jp", "bounce")
        Member.objects.filter(pk=gone.pk).update(
            line_state="blocked", email="gone@example.jp"
        )
        Member.objects.filter(pk=come.pk).update(line_state="friend")
        Member.objects.filter(pk=lost.pk).update(mail_optout_at=timezone.now())
    for via in (shop.account.sender, sender, shop.account.sender):
        shop.dispatch(via=via)
    assert shop.states() == {"2": 2, "3 mail_opted_out": 1, "3 bounced": 1}
    assert [mail.to for mail in shop.line.mail.mails] == ["gone@example.jp"]
    with shop.open():
        rows = Delivery.objects.order_by("member_id").values_list(
            "channel", "call__kind"
        )
        assert list(rows) == [
            ("mail", "mail"),
            ("line", "push"),
            ("mail", None),
            ("mail", None),
        ]


def test_the_order_fills_in_the_mail_and_the_line_message(shop: Shop) -> None:
    with shop.open():
        sender = make_mail_account(shop.line).sender
        scenario = make_scenario(shop.account)
        scenario.triggers.create(kind="order")
        text = "注文{order_number}"
        let_go_by(scenario, "either", text=text, subject=text, mail_text=text)
        (friend,) = make_friends(shop.line, shop.account, 1)
        buyer = Member.objects.create(email="b@example.jp")
        now = timezone.now()
        who = [
            Happening(friend.pk, "order:a1", now),
            Happening(buyer.pk, "order:b2", now),
        ]
        assert fire_trigger(shop.tenant, "order", "", who) == 2
    for via in (shop.account.sender, sender):
        shop.dispatch(via=via)
    assert shop.states() == {"2": 2}
    assert [mail.subject for mail in shop.line.mail.mails] == ["注文ORDER:B2"]
    with shop.open():
        values = Delivery.objects.order_by("member_id").values_list(
            "call__values", flat=True
        )
        assert [row["order_number"] for row in values] == ["ORDER:A1", "ORDER:B2"]


def test_applying_gives_each_channel_its_own_words(
    account: LineAccount, mail_account: MailAccount, line: Sandbox
) -> None:
    tag = make_tag("回答済み")
    scenario = make_scenario(account, tag, steps=[(timedelta(days=1), "古い文")])
    let_go_by(scenario, "either")
    (friend,) = make_friends(line, account, 1)
    buyer = Member.objects.create(email="b@example.jp")
    give(tag, friend, buyer)
    step = let_go_by(scenario, "either", text="新しい文", mail_text="新しい本文")
    assert count_outdated(scenario)[step.pk] == 2
    assert apply_step(step, with_times=False) == 2
    assert [row[3:] for row in booked()] == [
        (step.content_id, step.mail_content_id),
        (step.mail_content_id, step.content_id),
    ]
    assert count_outdated(scenario)[step.pk] == 0


def test_order_fields_without_an_order_are_warned_of(
    account: LineAccount, mail_account: MailAccount
) -> None:
    scenario = make_scenario(account, make_tag("回答済み"))
    let_go_by(scenario, "mail", subject="注文{order_number}")
    assert "order" in [flaw.code for flaw in list_warnings(scenario)]
    scenario.triggers.all().delete()
    scenario.triggers.create(kind="order")
    again = Scenario.objects.listed().get(pk=scenario.pk)
    assert "order" not in [flaw.code for flaw in list_warnings(again)]


def test_one_booked_mail_of_a_step_is_edited(
    account: LineAccount, mail_account: MailAccount, line: Sandbox, ed: Client
) -> None:
    tag = make_tag("回答済み")
    scenario = make_scenario(account, tag, steps=[(timedelta(days=1), "文")])
    let_go_by(scenario, "mail")
    (member,) = make_friends(line, account, 1, email="a@example.jp")
    give(tag, member)
    delivery = Delivery.objects.get()
    url = f"/t/sakura/messages/log/{delivery.public_id}/"
    assert "本文" in ed.get(url).content.decode()
    sent = {"subject": "この1通", "mail_text": "書き換え", "mobile": ""}
    assert ed.post(f"{url}edit/", sent).status_code == 302
    delivery.refresh_from_db()
    assert delivery.content.mail["subject"] == "この1通"
    assert make_mail_content("件名", "本文").pk != delivery.content_id
