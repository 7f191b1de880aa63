"""Advice while a message is being written: its date, and what speaks against it."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client

from members.models import Tag
from messaging.content.render import Attachable
from messaging.deliveries.holds import LinkTiming
from messaging.extension import MessagingExtension, extensions
from messaging.models import LineAccount, Scenario, ScenarioGroup, Step
from messaging.scenarios.advice.drafts import StepDraft, list_draft_advice
from tenants.models import Tenant
from tests.extensions import hand_in
from tests.messaging.conftest import make_scenario, make_tag

ADVICE = "/t/sakura/messages/steps/advice/"
HOUR = timedelta(hours=1)
DAY = (time(9), time(20))


def advise(
    step: dict[str, Any], window: tuple[time, time] | None = None, **draft: Any
) -> list[str]:
    start, end = window or (None, None)
    scenario = Scenario(send_from=start, send_until=end, wait_for_polls=True)
    return list_draft_advice(
        StepDraft(scenario, Step(**step), LinkTiming(HOUR), **draft)
    )


@pytest.mark.parametrize(
    ("step", "window", "begins"),
    [
        ({"delay": timedelta()}, None, []),
        ({"delay": HOUR}, None, ["きっかけの時刻から数えるため"]),
        ({"delay": HOUR}, DAY, []),
        ({"delay": HOUR}, (time(9), time(22)), ["送信時間帯（09:00〜22:00）に"]),
        ({"delay": HOUR}, (time(7), time(20)), ["送信時間帯（07:00〜20:00）に"]),
        ({"delay": HOUR, "at_time": time(22)}, None, ["時刻（22:00）は、夜間"]),
        ({"delay": HOUR, "at_time": time(22)}, DAY, []),
        ({"delay": HOUR, "at_time": time(10)}, None, []),
    ],
)
def test_what_goes_out_at_night(
    sakura: Tenant,
    step: dict[str, Any],
    window: tuple[time, time] | None,
    begins: list[str],
) -> None:
    said = advise(step, window)
    assert len(said) == len(begins)
    assert all(text.startswith(start) for text, start in zip(said, begins, strict=True))


@pytest.mark.parametrize(
    ("minutes", "begins"),
    [
        (59, ["カート連携頻度（1時間）より短い"]),
        (60, ["配信時間（1時間）が"]),
        (120, []),
    ],
)
def test_a_delay_against_the_frequency(
    sakura: Tenant, minutes: int, begins: list[str]
) -> None:
    step = {"delay": timedelta(minutes=minutes)}
    said = advise(step, DAY, waits=True)
    assert len(said) == len(begins)
    assert all(text.startswith(start) for text, start in zip(said, begins, strict=True))
    assert advise(step, DAY) == []


def test_hold_and_form(sakura: Tenant) -> None:
    survey = Attachable("survey", "アンケート", ["text"])
    draft = StepDraft(
        Scenario(), Step(delay=timedelta()), LinkTiming(), survey, True, True
    )
    polls, form = list_draft_advice(draft)
    assert polls.startswith("「連携を2回確認してから配信する」がオフです。")
    assert form.startswith("添えたフォーム「アンケート」に")


def test_beside_a_message_of_a_series(
    aiko: Client, account: LineAccount, tag: Tag
) -> None:
    scenario = make_scenario(account, tag, send_from=DAY[0], send_until=DAY[1])
    typed = {"of": scenario.public_id, "delay_number": "1", "delay_unit": "days"}
    shown = aiko.post(ADVICE, {**typed, "at_time": "22:30"})
    planned = shown.context["planned"]
    assert f"{planned.moved_from:%H:%M}" == "22:30"
    assert planned.at - planned.moved_from == timedelta(hours=10, minutes=30)
    assert "元の予定：" in shown.content.decode()
    assert aiko.post(ADVICE, {**typed, "delay_number": "x"}).content.strip() == b""
    strange = {**typed, "of": "nobody"}
    assert aiko.post(ADVICE, strange).status_code == 404


def test_beside_a_new_series(
    aiko: Client, account: LineAccount, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = make_tag("連携済み")
    carts = MessagingExtension(
        "cartsync",
        link_timing=lambda tenant: LinkTiming(HOUR),
        linked_tags=lambda: [linked.pk],
    )
    hand_in(monkeypatch, extensions, carts)
    other = make_scenario(account, tag, name="もう一つの便り")
    typed: dict[str, Any] = {
        "second_event": "every", "delay_number": "30", "delay_unit": "minutes", "triggers": [tag.public_id],
        "without_tags": [linked.public_id], "without_mode": "all", "send_from": "09:00", "send_until": "20:00",
    }  # fmt: skip
    shown = aiko.post(ADVICE, typed)
    assert [text[:12] for text in shown.context["advice"]] == [
        "「連携を2回確認してから",
        "カート連携頻度（1時間）",
    ]
    (overlap,) = shown.context["overlaps"]
    assert overlap.title == "「もう一つの便り」も、同じきっかけで始まります"
    assert overlap.text.startswith("両方のメッセージが届きます。")
    group = ScenarioGroup.objects.create(name="再入力")
    Scenario.objects.filter(pk=other.pk).update(group=group)
    shown = aiko.post(ADVICE, {**typed, "group_name": "再入力", "wait_for_polls": "on"})
    assert [text[:12] for text in shown.context["advice"]] == [
        "カート連携頻度（1時間）"
    ]
    assert shown.context["overlaps"][0].text.startswith("同じグループのため")


def test_who_may_not_send_asks_nothing(vic: Client) -> None:
    assert vic.post(ADVICE, {}).status_code == 403
