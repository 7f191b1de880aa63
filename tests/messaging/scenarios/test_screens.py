"""ステップメッセージ: its pages, its form in the order of the screen, its switch."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import Member, Tag
from messaging.content.mail_checks import find_mail_faults
from messaging.content.render import Attachable
from messaging.deliveries.holds import LinkTiming
from messaging.extension import MessagingExtension, extensions
from messaging.models import Content, Delivery, Enrollment, LineAccount, Scenario, Step
from operators.models import AuditEntry
from sandbox.serving import Sandbox
from tests.extensions import hand_in, hand_in_only
from tests.messaging.conftest import (
    give,
    make_friends,
    make_mail_account,
    make_scenario,
)

BASE = "/t/sakura/messages/"


@pytest.fixture(autouse=True)
def hourly(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = [
        Attachable("phoneform", "電話番号フォーム", ["phone"]),
        Attachable("survey", "アンケート", ["text"]),
    ]
    above = MessagingExtension(
        "test",
        attachables=lambda: forms,
        link_timing=lambda tenant: LinkTiming(timedelta(hours=1), None),
    )
    hand_in_only(monkeypatch, extensions, extensions["messaging"], above)


def given(account: LineAccount, tag: Tag, **values: Any) -> dict[str, Any]:
    return {
        "name": "再入力のお願い", "account": account.public_id, "triggers": [tag.public_id], "is_on": "on",
        "delay_number": "2", "delay_unit": "hours", "text": "{name}様\r\n\r\n{form}", "form_id": "phoneform",
        "without_mode": "all", "with_mode": "all", **values,
    }  # fmt: skip


def test_saving_makes_a_scenario_its_step_and_its_triggers(
    aiko: Client, account: LineAccount, tag: Tag, linked: Tag
) -> None:
    sent = given(
        account,
        tag,
        without_tags=[linked.public_id],
        wait_for_polls="on",
        again_on_answer="on",
    )
    response = aiko.post(f"{BASE}steps/new/", sent)
    scenario = Scenario.objects.get()
    assert response["Location"] == f"{BASE}steps/{scenario.public_id}/"
    assert (
        scenario.name,
        scenario.is_on,
        scenario.wait_for_polls,
        scenario.again_on_answer,
    ) == ("再入力のお願い", True, True, True)
    assert scenario.condition == {
        "all": [{"field": "tag", "op": "has_none", "value": [linked.pk]}]
    }
    assert scenario.trigger_tags == [tag]
    step = scenario.steps.get()
    assert (step.delay, step.content.text, step.content.form_id) == (
        timedelta(hours=2),
        "{name}様\n\n{form}",
        "phoneform",
    )
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "scenario.made",
        "scenario.on",
        "step.saved",
    }
    assert (
        "次のタグ「連携済み」を含まない会員"
        in aiko.get(response["Location"]).content.decode()
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": " \r\n "}, "本文が"),
        ({"text": "{nmae}様"}, "差し込み項目{nmae}は使えません"),
        ({"form_id": ""}, "フォームが必要です"),
        ({"triggers": []}, "トリガータグ"),
        ({"delay_number": "999999999999"}, "366日以内"),
        ({"form_id": "another-shops"}, "フォームを添える"),
    ],
)
def test_bad_input_is_told_and_kept(
    aiko: Client, account: LineAccount, tag: Tag, changes: dict[str, Any], said: str
) -> None:
    response = aiko.post(f"{BASE}steps/new/", given(account, tag, **changes))
    assert response.status_code == 422
    page = response.content.decode()
    assert said in page and "再入力のお願い" in page
    assert Scenario.objects.count() == 0


def test_a_delay_under_the_frequency_must_be_confirmed(
    aiko: Client, account: LineAccount, tag: Tag, linked: Tag
) -> None:
    short = given(
        account,
        tag,
        without_tags=[linked.public_id],
        delay_number="30",
        delay_unit="minutes",
    )
    page = aiko.post(f"{BASE}steps/new/", short).content.decode()
    assert "カート連携頻度（1時間）より短い時間（30分）" in page
    assert "おすすめは2時間以上" in page
    assert 'name="short_delay_confirmed"' in page
    aiko.post(f"{BASE}steps/new/", {**short, "short_delay_confirmed": "on"})
    assert Scenario.objects.get().short_delay_confirmed is True


@pytest.mark.parametrize(
    ("number", "warned"), [("119", True), ("60", True), ("120", False)]
)
def test_a_delay_under_twice_the_frequency_warns(
    aiko: Client, account: LineAccount, tag: Tag, linked: Tag, number: str, warned: bool
) -> None:
    sent = given(
        account,
        tag,
        without_tags=[linked.public_id],
        delay_number=number,
        delay_unit="minutes",
    )
    page = aiko.post(f"{BASE}steps/new/", sent, follow=True).content.decode()
    assert ("2倍より短いため" in page) is warned
    assert Scenario.objects.count() == 1


def test_a_greeting_has_nothing_to_do_with_the_polls(
    aiko: Client, account: LineAccount, tag: Tag
) -> None:
    aiko.post(
        f"{BASE}steps/new/", given(account, tag, delay_number="0", delay_unit="minutes")
    )
    assert Step.objects.get().delay == timedelta()


def test_a_form_that_does_not_ask_for_a_key_warns(
    aiko: Client, account: LineAccount, tag: Tag, linked: Tag
) -> None:
    sent = given(account, tag, without_tags=[linked.public_id], form_id="survey")
    page = aiko.post(f"{BASE}steps/new/", sent, follow=True).content.decode()
    assert (
        "「アンケート」に、電話番号とメールアドレスのどちらの項目もありません" in page
    )


def test_the_recipe_fills_the_form_in(
    aiko: Client,
    account: LineAccount,
    tag: Tag,
    linked: Tag,
    line: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asking = Attachable("phoneform", "電話番号フォーム", ["phone"], [tag.pk])
    above = replace(
        extensions["test"],
        linked_tags=lambda: [linked.pk],
        attachables=lambda: [asking],
    )
    hand_in(monkeypatch, extensions, above)
    form = aiko.get(f"{BASE}steps/new/?recipe=ask_again").context["form"]
    assert {
        name: form[name].value()
        for name in ("name", "wait_for_polls", "again_on_answer", "without_tags")
    } == {
        "name": "電話番号再入力",
        "wait_for_polls": True,
        "again_on_answer": True,
        "without_tags": [linked.public_id],
    }
    assert (form["delay_number"].value(), form["delay_unit"].value()) == (2, "hours")
    assert form["max_runs"].value() == 3
    # The form that asks for the number, and the tag that answering it puts on.
    assert form["form_id"].value() == "phoneform"
    assert form["triggers"].value() == [tag.public_id]
    assert "ご注文のときの電話番号を" in form["text"].value()
    assert "{name}様" in form["text"].value() and "{form}" in form["text"].value()
    assert form["way"].value() == "line"
    make_mail_account(line)
    form = aiko.get(f"{BASE}steps/new/?recipe=ask_again").context["form"]
    assert form["way"].value() == "either"
    names = {"subject": "subject", "text": "mail_text", "mobile": "mobile"}
    mail = {part: form[name].value() for part, name in names.items()}
    assert list(find_mail_faults({**mail, "html": ""}, "phoneform", ())) == []
    assert "電話番号" in mail["subject"] and "{form}" in mail["mobile"]
    fresh = aiko.get(f"{BASE}steps/new/?recipe=ask_again_fresh").context["form"]
    mail = {part: fresh[name].value() for part, name in names.items()}
    assert list(find_mail_faults({**mail, "html": ""}, "phoneform", ())) == []
    texts = [fresh["text"].value(), mail["text"], mail["mobile"]]
    assert ["見つかりません" in text for text in texts] == [False] * 3
    assert ["ご購入ありがとうございます" in text for text in texts] == [True] * 3


def test_editing_keeps_what_is_booked(
    aiko: Client, account: LineAccount, line: Sandbox, tag: Tag
) -> None:
    scenario = make_scenario(
        account, tag, steps=[(timedelta(hours=2), "前の文")], form_id="phoneform"
    )
    give(tag, *make_friends(line, account, 1))
    aiko.post(
        f"{BASE}steps/{scenario.public_id}/edit/",
        given(account, tag, text="新しい文", name="改名"),
    )
    assert Delivery.objects.get().content.text == "前の文"
    assert Step.objects.get().content.text == "新しい文"
    assert Scenario.objects.get().name == "改名"
    versions = Content.objects.count()
    aiko.post(
        f"{BASE}steps/{scenario.public_id}/edit/",
        given(account, tag, text="新しい文", name="改名2"),
    )
    assert Content.objects.count() == versions


def test_more_steps_are_added_changed_and_deleted(
    aiko: Client, account: LineAccount, line: Sandbox, tag: Tag
) -> None:
    scenario = make_scenario(account, tag)
    base = f"{BASE}steps/{scenario.public_id}/"
    sent = {
        "delay_number": "3",
        "delay_unit": "days",
        "text": "3日後です",
        "form_id": "",
    }
    aiko.post(f"{base}messages/new/", sent)
    step = scenario.steps.get(delay=timedelta(days=3))
    aiko.post(
        f"{BASE}steps/messages/{step.public_id}/edit/", {**sent, "delay_number": "4"}
    )
    give(tag, *make_friends(line, account, 1))
    assert Delivery.objects.count() == 2
    # What waits for a person is booked as well.
    Delivery.objects.filter(step=step).update(state=Delivery.State.PARKED)
    page = aiko.get(base).content.decode()
    assert "4日後" in page and "3日後です" in page
    assert (
        "予約済みの1件は取り消されます"
        in aiko.get(f"{BASE}steps/messages/{step.public_id}/delete/").content.decode()
    )
    aiko.post(f"{BASE}steps/messages/{step.public_id}/delete/")
    assert scenario.steps.count() == 1
    assert list(Delivery.objects.order_by("state").values_list("state", "reason")) == [
        (0, ""),
        (5, "step_deleted"),
    ]


# ---------------------------------------------------------------- the switch
def test_switching_off_and_on_with_nothing_in_between(
    aiko: Client, account: LineAccount, tag: Tag
) -> None:
    scenario = make_scenario(account, tag)
    switch = f"{BASE}steps/{scenario.public_id}/switch/"
    aiko.post(switch)
    assert Scenario.objects.get().is_on is False
    aiko.post(switch)
    assert Scenario.objects.get().is_on is True


@pytest.mark.parametrize("yes", [True, False])
def test_switching_on_asks_for_those_who_came_meanwhile(
    aiko: Client, account: LineAccount, line: Sandbox, tag: Tag, yes: bool
) -> None:
    members = make_friends(line, account, 3)
    scenario = make_scenario(account, tag)
    give(tag, members[0])
    switch = f"{BASE}steps/{scenario.public_id}/switch/"
    aiko.post(switch)
    Delivery.objects.update(state=8, reason="off")  # fell due while it was off
    give(tag, *members[1:])
    assert aiko.post(switch)["Location"] == switch
    page = aiko.get(switch).content.decode()
    assert "オフの間にきっかけが起きた会員：2名" in page
    assert "オフの間に配信時間を過ぎたメッセージ：1件" in page
    assert Scenario.objects.get().is_on is False
    aiko.post(
        switch,
        {"decided": "1", "missed": "1" if yes else "0", "parked": "1" if yes else "0"},
    )
    assert Scenario.objects.get().is_on is True
    assert Enrollment.objects.count() == (3 if yes else 1)
    first = Delivery.objects.get(member=members[0])
    assert (first.state, first.reason) == ((0, "") if yes else (5, "switched_on"))


# ---------------------------------------------------------------- pages
def test_the_list_shows_the_counts(
    aiko: Client, account: LineAccount, line: Sandbox, tag: Tag
) -> None:
    scenario = make_scenario(account, tag)
    give(tag, *make_friends(line, account, 4))
    ids = list(Delivery.objects.values_list("pk", flat=True))
    for pk, values in zip(
        ids,
        [{"state": 2}, {"state": 3}, {"state": 4}, {"state": 7, "reason": "held"}],
        strict=True,
    ):
        Delivery.objects.filter(pk=pk).update(**values)
    (shown,) = aiko.get(BASE).context["scenarios"]
    assert shown == scenario
    assert {
        name: shown.counts[name]
        for name in ("waiting", "sent", "skipped", "failed", "held")
    } == {"waiting": 0, "sent": 1, "skipped": 1, "failed": 1, "held": 1}


@pytest.mark.parametrize("page", ["", "log/", "accounts/"])
def test_queries_do_not_grow_with_the_rows(
    aiko: Client, account: LineAccount, line: Sandbox, tag: Tag, page: str
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert aiko.get(BASE + page).status_code == 200
        return len(captured)

    make_scenario(account, tag)
    give(tag, *make_friends(line, account, 1))
    aiko.get(BASE + page)
    one = queries()
    for _ in range(2):
        make_scenario(account, tag)
    give(tag, *make_friends(line, account, 3))
    assert queries() == one


def test_dry_run_says_who_gets_what_and_why_not(
    aiko: Client, account: LineAccount, line: Sandbox, tag: Tag, linked: Tag
) -> None:
    members = make_friends(line, account, 3)
    Member.objects.filter(pk=members[2].pk).update(line_state="blocked")
    give(tag, *members)
    give(linked, members[1])
    scenario = make_scenario(
        account,
        tag,
        steps=[(timedelta(hours=1), "{name}様")],
        condition={"all": [{"field": "tag", "op": "has_none", "value": [linked.pk]}]},
    )
    later = [{"kind": "text", "text": "二つ目の吹き出し"}]
    Content.objects.update(bubbles=later)
    response = aiko.get(f"{BASE}steps/{scenario.public_id}/preview/")
    assert "二つ目の吹き出し" in response.content.decode()
    preview = response.context["preview"]
    assert (preview.tagged, preview.fit, preview.reached) == (3, 2, 1)
    assert preview.reasons == [
        ("絞り込みの条件に当てはまりません。", 1),
        ("会員がLINE公式アカウントをブロックしています。", 1),
    ]
    assert "友 0様" in response.content.decode()
    assert (Delivery.objects.count(), Enrollment.objects.count()) == (0, 0)


def test_the_members_page_shows_the_conversation(
    aiko: Client, account: LineAccount, line: Sandbox, tag: Tag
) -> None:
    make_scenario(account, tag, steps=[(timedelta(), "{name}様、こんにちは")])
    (member,) = make_friends(line, account, 1)
    give(tag, member)
    Delivery.objects.update(state=7, reason="held")
    page = aiko.get(
        f"/t/sakura/members/{member.public_id}/?tab=messages"
    ).content.decode()
    assert "友 0様、こんにちは" in page
    assert "保留" in page and "カート連携が2回成功するまで待っています" in page


def test_all_messages_can_be_reached(
    aiko: Client, account: LineAccount, line: Sandbox
) -> None:
    (member,) = make_friends(line, account, 1)
    now = timezone.now()
    Delivery.objects.bulk_create(
        Delivery(
            sender=account.sender,
            member=member,
            content=Content.objects.create(text=f"第{number}号"),
            state=2,
            planned_at=now + timedelta(minutes=number),
            due_at=now,
        )
        for number in range(1, 53)
    )
    page = f"/t/sakura/members/{member.public_id}/"
    newest = aiko.get(page, {"tab": "messages"}).content.decode()
    assert ("第52号" in newest, "第3号" in newest, "第2号" in newest) == (
        True,
        True,
        False,
    )
    assert newest.index("第3号") < newest.index("第52号")
    after = Delivery.objects.order_by("-planned_at")[49].public_id
    assert (
        "第2号"
        in aiko.get(
            page, {"tab": "messages", "after": after, "at": "51"}
        ).content.decode()
    )
    everything = aiko.get(page, {"tab": "all"}).content.decode()
    assert (
        "第43号" in everything,
        "第42号" in everything,
        'href="?tab=messages"' in everything,
    ) == (True, False, True)


def test_without_an_account_the_way_is_shown(aiko: Client, sakura: object) -> None:
    assert (
        "先にLINE公式アカウントを接続" in aiko.get(f"{BASE}steps/new/").content.decode()
    )


def test_who_may_do_what(
    vic: Client, oscar: Client, account: LineAccount, tag: Tag
) -> None:
    scenario = make_scenario(account, tag)
    assert vic.get(BASE).status_code == 200
    for path in (f"steps/{scenario.public_id}/edit/", "steps/new/"):
        assert vic.get(BASE + path).status_code == 403
    assert vic.post(f"{BASE}steps/{scenario.public_id}/switch/").status_code == 403
    assert Scenario.objects.get().is_on is True
    assert oscar.get(BASE).status_code == 404


def test_tags_are_made_where_they_are_chosen(
    aiko: Client, account: LineAccount, tag: Tag
) -> None:
    data = given(
        account,
        tag,
        new_trigger="新規",
        new_without_tag="〇 卒業（済）",
        triggers=[],
        delay_number="3",
    )
    assert aiko.post(f"{BASE}steps/new/", data).status_code == 302
    scenario = Scenario.objects.get()
    assert [each.name for each in scenario.trigger_tags] == ["新規"]
    made = Tag.objects.get(name="〇 卒業（済）")
    assert scenario.condition == {
        "all": [{"field": "tag", "op": "has_none", "value": [made.pk]}]
    }
