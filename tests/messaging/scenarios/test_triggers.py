"""きっかけ, 停止条件, 送信時間帯, グループ; the copy and the end of a step message."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client

from members.models import Tag
from messaging.models import (
    Delivery,
    Enrollment,
    LineAccount,
    Scenario,
    ScenarioGroup,
    Trigger,
)
from operators.models import AuditEntry
from sandbox.serving import Sandbox
from tenants.models import Wakeup
from tests.messaging.conftest import give, make_friends, make_scenario

BASE = "/t/sakura/messages/"


def list_triggers(scenario: Scenario) -> list[tuple[str, str, str, Any]]:
    rows = scenario.triggers.order_by("pk")
    return [(row.role, row.kind, row.subject, row.params) for row in rows]


@pytest.mark.parametrize(
    ("role", "kind", "sent", "params"),
    [
        ("start", "friend_added", {}, {}),
        ("stop", "order", {"subject": ""}, {}),
        ("goal", "linked", {"subject": ""}, {}),
        ("start", "birthday", {"days": "7", "side": "before"}, {"days": -7}),
        ("start", "birthday", {"days": "3", "side": "after"}, {"days": 3}),
    ],
)
def test_a_trigger_is_added_once_and_removed(
    aiko: Client, account: LineAccount, role: str, kind: str, sent: Any, params: Any
) -> None:
    scenario = make_scenario(account)
    page = f"{BASE}steps/{scenario.public_id}/triggers/{role}/new/"
    assert f"?kind={kind}" in aiko.get(page).content.decode()
    for _time in range(2):
        response = aiko.post(f"{page}?kind={kind}", sent)
        assert response["Location"] == f"{BASE}steps/{scenario.public_id}/"
    assert list_triggers(scenario) == [(role, kind, "", params)]
    trigger = scenario.triggers.get()
    aiko.post(f"{BASE}steps/{scenario.public_id}/triggers/{trigger.pk}/remove/")
    assert list_triggers(scenario) == []
    actions = AuditEntry.objects.values_list("action", flat=True)
    assert {"trigger.added", "trigger.removed"} <= set(actions)


@pytest.mark.parametrize(
    ("role", "kind", "group", "joined"),
    [
        ("start", "order", "", "フォローメール"),
        ("start", "shipped", "", "フォローメール"),
        ("start", "order", "自分で決めた", "自分で決めた"),
        ("start", "linked", "", None),
        ("stop", "order", "", None),
    ],
)
def test_what_an_order_starts_joins_the_follow_mails(
    aiko: Client,
    account: LineAccount,
    role: str,
    kind: str,
    group: str,
    joined: str | None,
) -> None:
    scenario = make_scenario(account)
    if group:
        scenario.group = ScenarioGroup.objects.create(name=group)
        scenario.save()
    page = f"{BASE}steps/{scenario.public_id}/triggers/{role}/new/?kind={kind}"
    response = aiko.post(page, {"subject": ""}, follow=True)
    found = Scenario.objects.values_list("group__name", flat=True)
    assert found.get(pk=scenario.pk) == joined
    told = "グループ「フォローメール」に入れました。" in response.content.decode()
    assert told == (joined == "フォローメール")


def test_a_date_is_looked_at_from_the_next_night_on(
    aiko: Client, account: LineAccount
) -> None:
    scenario = make_scenario(account)
    page = f"{BASE}steps/{scenario.public_id}/triggers/start/new/"
    aiko.post(f"{page}?kind=birthday", {"days": "0", "side": "before"})
    assert Wakeup.objects.filter(kind="messaging.dates").count() == 1
    assert scenario.triggers.get().fired_on is not None


def test_a_tag_must_be_chosen_and_comes_from_the_shop(
    aiko: Client, account: LineAccount, tag: Tag
) -> None:
    scenario = make_scenario(account)
    page = f"{BASE}steps/{scenario.public_id}/triggers/stop/new/?kind=tag_added"
    assert aiko.post(page, {"subject": ""}).status_code == 422
    assert aiko.post(page, {"subject": "another-shops"}).status_code == 422
    aiko.post(page, {"subject": tag.public_id})
    assert list_triggers(scenario) == [("stop", "tag_added", str(tag.pk), {})]
    # A tag that stops a series does not start it.
    assert scenario.trigger_tags == []


def test_window_rule_limit_and_group_are_saved_and_shown(
    aiko: Client, account: LineAccount, tag: Tag
) -> None:
    sent = {
        "name": "フォロー", "account": account.public_id, "without_tag": "on", "delay_number": "3",
        "delay_unit": "days", "at_time": "10:00", "text": "その後いかがですか", "form_id": "",
        "without_mode": "all", "with_mode": "all", "send_from": "09:00", "send_until": "21:00",
        "second_event": "restart", "max_runs": "2", "group_name": "フォロー",
    }  # fmt: skip
    response = aiko.post(f"{BASE}steps/new/", sent)
    scenario = Scenario.objects.get()
    assert response["Location"] == f"{BASE}steps/{scenario.public_id}/"
    assert (scenario.send_from, scenario.send_until) == (time(9), time(21))
    assert (scenario.second_event, scenario.max_runs) == ("restart", 2)
    assert scenario.group and scenario.group.name == "フォロー"
    step = scenario.steps.get()
    assert (step.delay, step.months, step.at_time) == (timedelta(3), 0, time(10))
    page = aiko.get(response["Location"]).content.decode()
    assert "3日後 10:00" in page and "09:00〜21:00" in page
    assert "新しいシナリオを実行" in page
    edited = aiko.get(f"{BASE}steps/{scenario.public_id}/edit/").content.decode()
    assert 'value="09:00"' in edited and 'value="10:00"' in edited


def test_half_a_window_is_refused(aiko: Client, account: LineAccount) -> None:
    sent = {"name": "x", "send_from": "09:00"}
    page = aiko.post(f"{BASE}steps/new/", sent)
    assert page.status_code == 422
    assert "送信時間帯の片方だけが入力されています" in page.content.decode()


def test_the_copy_is_off_and_has_everything_else(
    aiko: Client, account: LineAccount, tag: Tag
) -> None:
    scenario = make_scenario(
        account, tag, steps=[(timedelta(1), "1"), (timedelta(2), "2")]
    )
    Trigger.objects.create(scenario=scenario, kind="order", role="stop")
    response = aiko.post(f"{BASE}steps/{scenario.public_id}/copy/")
    copy = Scenario.objects.exclude(pk=scenario.pk).get()
    assert response["Location"] == f"{BASE}steps/{copy.public_id}/edit/"
    assert (copy.is_on, copy.name) == (False, "あいさつのコピー")
    assert list_triggers(copy) == list_triggers(scenario)
    texts = [
        list(row.steps.in_order().values_list("delay", "content"))
        for row in (copy, scenario)
    ]
    assert texts[0] == texts[1]


def test_deleting_cancels_what_is_booked_and_frees_the_tag(
    aiko: Client, account: LineAccount, line: Sandbox, tag: Tag
) -> None:
    scenario = make_scenario(
        account, tag, steps=[(timedelta(1), "1"), (timedelta(2), "2")]
    )
    give(tag, *make_friends(line, account, 2))
    sent = Delivery.objects.order_by("pk")[0]
    Delivery.objects.filter(pk=sent.pk).update(state=Delivery.State.SENT)
    page = f"{BASE}steps/{scenario.public_id}/delete/"
    assert "予約中の3件は取り消されます" in aiko.get(page).content.decode()
    aiko.post(page)
    rows = Delivery.objects.order_by("pk").values_list("state", "reason")
    assert list(rows) == [(2, ""), *[(5, "scenario_deleted")] * 3]
    ended = Enrollment.objects.exclude(ended_at=None).values_list("ended_why")
    assert list(ended) == [("scenario_deleted",)] * 2
    for log in ("log/", "log/runs/"):
        shown = aiko.get(BASE + log).content.decode()
        assert "あいさつ" in shown and f"steps/{scenario.public_id}/" not in shown
    assert not Trigger.objects.exists()
    assert aiko.get(f"{BASE}steps/{scenario.public_id}/").status_code == 404
    assert "あいさつ" not in aiko.get(BASE).content.decode()
