"""The editor warns of settings that contradict each other, shows real dates, and asks before the first start."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client

from members.models import Member, Tag
from messaging.content.render import Attachable
from messaging.deliveries.holds import LinkTiming
from messaging.extension import MessagingExtension, extensions
from messaging.models import (
    Content,
    Delivery,
    Enrollment,
    LineAccount,
    Scenario,
    ScenarioGroup,
    Step,
    Trigger,
)
from messaging.scenarios.advice.warnings import list_warnings
from messaging.scenarios.missed import select_current_members
from messaging.templatetags.messaging import count_bars
from tests.extensions import hand_in
from tests.messaging.conftest import give, make_scenario, make_tag

BASE = "/t/sakura/messages/steps/"


def titles(scenario: Scenario) -> list[str]:
    return [flaw.title for flaw in list_warnings(scenario)]


# ---------------------------------------------------------------- warnings
@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (59, ["1通目の配信時間が、カート連携頻度（1時間）より短くなっています"]),
        (60, ["1通目の配信時間が、カート連携頻度（1時間）の2倍より短くなっています"]),
        (120, []),
    ],
)
def test_delay_against_frequency(
    account: LineAccount,
    tag: Tag,
    monkeypatch: pytest.MonkeyPatch,
    minutes: int,
    expected: list[str],
) -> None:
    linked = make_tag("連携済み")
    carts = MessagingExtension(
        "cartsync",
        link_timing=lambda tenant: LinkTiming(timedelta(hours=1)),
        linked_tags=lambda: [linked.pk],
    )
    hand_in(monkeypatch, extensions, carts)
    condition = {"all": [{"field": "tag", "op": "has_none", "value": [linked.pk]}]}
    values: dict[str, Any] = {
        "steps": [(timedelta(minutes=minutes), "1")],
        "send_from": time(9),
        "send_until": time(20),
    }
    assert titles(make_scenario(account, tag, condition=condition, **values)) == (
        expected
    )
    assert titles(make_scenario(account, make_tag("別"), **values)) == []


def test_the_night_is_warned_of_and_mended(
    aiko: Client, account: LineAccount, tag: Tag
) -> None:
    scenario = make_scenario(account, tag, steps=[(timedelta(), "1")])
    assert titles(scenario) == []
    content = Content.objects.create(text="2")
    Step.objects.create(
        scenario=scenario, delay=timedelta(1), at_time=time(22), content=content
    )
    assert titles(scenario) == ["2通目の時刻（22:00）は、夜間または早朝です"]
    Step.objects.create(scenario=scenario, delay=timedelta(2), content=content)
    assert titles(scenario)[1:] == ["夜間にも送ることがあります"]
    page = f"{BASE}{scenario.public_id}/"
    for shown in (page, f"{page}edit/"):
        assert "9:00〜20:00にする" in aiko.get(shown).content.decode()
    aiko.post(f"{page}mend/", {"flaw": "window"})
    scenario.refresh_from_db()
    assert (scenario.send_from, scenario.send_until) == (time(9), time(20))
    assert titles(scenario) == []


def test_a_closed_form(
    account: LineAccount, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms = [Attachable("open", "開いている")]
    given = MessagingExtension("forms_builder", attachables=lambda: forms)
    hand_in(monkeypatch, extensions, given)
    assert titles(make_scenario(account, tag, form_id="open")) == []
    other = make_scenario(account, make_tag("別"), form_id="closed")
    assert titles(other) == [
        "1通目に添えたフォームは、受付を終了したか、削除されています"
    ]


def test_overlapping_scenarios(account: LineAccount, tag: Tag) -> None:
    this, same, other, off = (
        make_scenario(account, name=name, is_on=name != "off")
        for name in ("this", "same", "other", "off")
    )
    for row, ref in ((this, "a"), (same, ""), (other, "b"), (off, "a")):
        Trigger.objects.create(scenario=row, kind="order", ref=ref)
    Trigger.objects.create(scenario=other, kind="order", ref="a", role="stop")
    assert titles(this) == ["「same」も、同じきっかけで始まります"]
    assert titles(other) == ["「same」も、同じきっかけで始まります"]
    assert titles(same) == [
        "「this」も、同じきっかけで始まります",
        "「other」も、同じきっかけで始まります",
    ]
    group = ScenarioGroup.objects.create(name="フォロー")
    Scenario.objects.filter(pk__in=[this.pk, same.pk]).update(group=group)
    this.refresh_from_db()
    (flaw,) = list_warnings(this)
    assert flaw.text.startswith("同じグループのため")


def test_who_fits_now_is_counted_beside_the_sentence(
    aiko: Client, account: LineAccount, members: list[Member], tag: Tag
) -> None:
    vip = make_tag("VIP")
    give(vip, *members[:2])
    leaf = {"field": "tag", "op": "has_any", "value": [vip.pk]}
    scenario = make_scenario(account, tag, condition={"all": [leaf]})
    page = f"{BASE}{scenario.public_id}/"
    assert f'hx-get="{page}fitting/"' in aiko.get(page).content.decode()
    assert "いま当てはまる会員：2名" in aiko.get(f"{page}fitting/").content.decode()
    Scenario.objects.update(condition={"all": [leaf | {"value": [10**6]}]})
    assert "数えられません" in aiko.get(f"{page}fitting/").content.decode()


def test_the_bar_shows_every_part_of_a_message() -> None:
    counts = {"sent": 5, "waiting": 3, "skipped": 1, "failed": 1, "cancelled": 9}
    assert count_bars(counts) == [
        ("sent", 0, 50),
        ("waiting", 50, 30),
        ("skipped", 80, 10),
        ("failed", 90, 10),
    ]
    assert count_bars({"cancelled": 9}) == []


# ---------------------------------------------------------------- real dates
def test_the_dates_of_a_member_who_came_in(
    aiko: Client, account: LineAccount, members: list[Member], tag: Tag
) -> None:
    steps = [(timedelta(), "1"), (timedelta(days=3), "2")]
    scenario = make_scenario(account, tag, steps=steps)
    page = f"{BASE}{scenario.public_id}/"
    context = aiko.get(page).context
    assert (context["samples"], context["sample"]) == ([], None)
    give(tag, members[0])
    give(tag, members[1])
    Delivery.objects.filter(member=members[0], content__text="1").update(state=2)
    context = aiko.get(f"{page}?sample={members[0].public_id}").context
    assert [row.pk for row in context["samples"]] == [members[1].pk, members[0].pk]
    run = Enrollment.objects.get(member=members[0])
    assert [
        (step.planned.at - run.triggered_at, step.planned.delivery.state)
        for step in context["steps"]
    ] == [(timedelta(), 2), (timedelta(days=3), 0)]
    content = Content.objects.create(text="3")
    Step.objects.create(scenario=scenario, delay=timedelta(9), content=content)
    shown = aiko.get(f"{page}?sample={members[0].public_id}")
    assert shown.context["steps"][-1].planned.at is None
    assert "この会員が始まったあとに追加した" in shown.content.decode()
    assert aiko.get(f"{page}?sample=nobody").context["sample"] is None


# ---------------------------------------------------------------- the first start
@pytest.mark.parametrize(("choice", "count"), [("0", 0), ("all", 2)])
def test_the_first_start_asks_about_those_it_is_true_for(
    aiko: Client,
    account: LineAccount,
    members: list[Member],
    tag: Tag,
    choice: str,
    count: int,
) -> None:
    give(tag, *members[:2])
    scenario = make_scenario(account, tag, is_on=False)
    page = f"{BASE}{scenario.public_id}/switch/"
    assert aiko.post(page)["Location"] == page
    shown = aiko.get(page).content.decode()
    assert "いま、きっかけに当てはまる会員：2名" in shown
    assert "友 0" in shown and "友 1" in shown and "友 2" not in shown
    assert not Scenario.objects.get().is_on
    aiko.post(page, {"decided": "1", "missed": choice})
    scenario = Scenario.objects.get()
    assert scenario.is_on
    assert Enrollment.objects.count() == count
    # Once it was started, it asks about what came while it was off alone.
    aiko.post(page)
    assert aiko.post(page)["Location"] == f"{BASE}{scenario.public_id}/"
    assert Scenario.objects.get().is_on
    assert Enrollment.objects.count() == count


def test_whom_a_trigger_is_true_for(
    account: LineAccount, members: list[Member], tag: Tag
) -> None:
    scenario = make_scenario(account, tag, is_on=False)
    give(tag, members[0])
    Member.objects.filter(pk=members[1].pk).update(line_state="blocked")
    assert [row.pk for row in select_current_members(scenario)] == [members[0].pk]
    Trigger.objects.create(scenario=scenario, kind="friend_added")
    found = select_current_members(Scenario.objects.get()).order_by("pk")
    assert [row.pk for row in found] == [members[0].pk, members[2].pk]
    events = make_scenario(account, is_on=False)
    Trigger.objects.create(scenario=events, kind="order")
    assert not select_current_members(events).exists()
