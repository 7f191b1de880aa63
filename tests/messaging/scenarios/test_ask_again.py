"""再入力を依頼: one member or many are asked again, at once, by the shop's own step message."""

from datetime import timedelta

import pytest
from django.test import Client

from members.models import Member
from messaging.content.make import Written
from messaging.extension import MessagingExtension, extensions
from messaging.models import Content, Delivery, LineAccount, Scenario
from messaging.scenarios.ask_again import find_ask_again_scenario
from messaging.scenarios.manage import save_step
from messaging.suppression.manage import suppress_address
from sandbox.serving import Sandbox
from tests.extensions import hand_in
from tests.messaging.conftest import (
    make_mail_account,
    make_scenario,
    make_tag,
)

BULK = "/t/sakura/members/bulk/"


@pytest.fixture
def recipe(account: LineAccount, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    linked = make_tag("連携済み")
    carts = MessagingExtension("cartsync", linked_tags=lambda: [linked.pk])
    hand_in(monkeypatch, extensions, carts)
    scenario = make_scenario(
        account,
        make_tag("回答済み"),
        steps=[(timedelta(hours=2), "1通目"), (timedelta(days=1), "2通目")],
    )
    scenario.condition = {
        "all": [{"field": "tag", "op": "has_none", "value": [linked.pk]}]
    }
    scenario.save()
    content = scenario.steps.first().content
    change_content(content, form_id="form")
    return scenario


def change_content(content: Content, **values: object) -> None:
    Content.objects.filter(pk=content.pk).update(**values)


def ask(client: Client, *members: Member) -> None:
    data = {
        "action": "ask_again",
        "ids": [member.public_id for member in members],
        "confirm": "1",
        "expected": str(len(members)),
    }
    assert client.post(BULK, data).status_code == 302


def test_the_first_message_goes_at_once(
    recipe: Scenario, members: list[Member], ed: Client
) -> None:
    Member.objects.filter(pk=members[1].pk).update(link_state="linked")
    ask(ed, *members)
    rows = Delivery.objects.order_by("member", "due_at").select_related("enrollment")
    assert [
        (row.member_id, row.content.text, row.due_at - row.enrollment.triggered_at)
        for row in rows
    ] == [
        (member.pk, text, delay)
        for member in (members[0], members[2])
        for text, delay in (
            ("1通目", timedelta()),
            ("2通目", timedelta(hours=22)),
        )
    ]


def test_what_is_off_or_has_no_form_asks_nobody(
    recipe: Scenario, members: list[Member], ed: Client
) -> None:
    assert find_ask_again_scenario() == recipe
    content = recipe.steps.first().content
    action = {"label": "答える", "do": "form", "value": "form"}
    card = {"kind": "buttons", "title": "", "text": "a", "image": ""}
    change_content(content, form_id="", bubbles=[{**card, "actions": [action]}])
    assert find_ask_again_scenario() == recipe
    change_content(content, bubbles=[])
    assert find_ask_again_scenario() is None
    change_content(content, form_id="form")
    Scenario.objects.update(is_on=False)
    assert find_ask_again_scenario() is None
    asked = ed.post(BULK, {"action": "ask_again", "ids": [members[0].public_id]})
    assert "オンになっていません" in asked.content.decode()
    assert Delivery.objects.count() == 0


def test_by_mail_who_is_no_friend_is_asked_too(
    recipe: Scenario, members: list[Member], line: Sandbox, ed: Client
) -> None:
    make_mail_account(line)
    for step in recipe.steps.all():
        written = Written(
            way="either", text="文", subject="件名", mail_text="{form}", form_id="form"
        )
        save_step(recipe, step, {}, written)
    buyer = Member.objects.create(email="buyer@example.jp", link_state="known")
    held = Member.objects.create(email="held@example.jp", link_state="known")
    suppress_address("held@example.jp", "by_hand")
    nobody = Member.objects.create(link_state="known")
    ask(ed, members[0], buyer, held, nobody)
    booked = Delivery.objects.order_by("member_id", "due_at")
    assert list(booked.values_list("member_id", "channel")) == [
        (members[0].pk, "line"),
        (members[0].pk, "line"),
        (buyer.pk, "mail"),
        (buyer.pk, "mail"),
    ]
