"""Who came into a step message, what came of asking again, and why a member gets its messages or does not."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from members.attributes.definitions import make_attribute
from members.attributes.values import set_attribute_value
from members.extension import MembersExtension
from members.extension import extensions as member_extensions
from members.identity.rewind import rewind_member
from members.models import Member, MemberChange, Segment, Tag
from members.segments.manage import overwrite_segment, save_segment
from members.tags.assign import untag_members
from messaging.accounts.stop_all import stop_all_sends
from messaging.deliveries.holds import LinkTiming
from messaging.extension import MessagingExtension, extensions
from messaging.models import Delivery, LineAccount, Scenario, Trigger
from messaging.scenarios.explain.decision import explain_member
from messaging.scenarios.manage import save_scenario
from messaging.scenarios.people import AskedCounts, build_people, count_asked
from messaging.triggers.fire import Happening, fire_trigger
from operators.models import Operator
from sandbox.serving import Sandbox
from tests.conftest import Cast
from tests.extensions import hand_in
from tests.messaging.conftest import give, make_friends, make_scenario, make_tag

State = Delivery.State
BASE = "/t/sakura/messages/"


def finish(scenario: Scenario, state: int, reason: str = "", **values: Any) -> None:
    rows = Delivery.objects.filter(enrollment__scenario=scenario)
    rows.update(state=state, reason=reason, finished_at=timezone.now(), **values)


def held(scenario: Scenario, member: Member) -> dict[str, bool | None]:
    """Return what each check says."""
    found = explain_member(scenario, member)
    checks = (*found.starts, *found.conditions, *found.reach)
    return {check.label: check.holds for check in checks}


# ---------------------------------------------------------------- why
def test_before_any_trigger(account: LineAccount, member: Member, tag: Tag) -> None:
    scenario = make_scenario(account, tag)
    found = explain_member(scenario, member)
    assert (found.is_sent, found.runs) == (False, [])
    assert found.decision == "きっかけがまだ起きていないため、配信されません。"
    assert [(row.value, row.holds) for row in found.starts] == [
        ("まだ起きていません", False)
    ]


def test_a_tag_of_the_time_before_is_told_apart(
    account: LineAccount, member: Member, tag: Tag
) -> None:
    give(tag, member)
    scenario = make_scenario(account, tag)
    (start,) = explain_member(scenario, member).starts
    assert start.holds is False
    assert "きっかけには数えていません" in start.value


def test_each_condition_stands_with_its_value(
    account: LineAccount, member: Member, tag: Tag, linked: Tag
) -> None:
    vip = make_tag("VIP")
    condition = {
        "all": [
            {"field": "tag", "op": "has_none", "value": [linked.pk]},
            {"field": "tag", "op": "has_any", "value": [vip.pk]},
        ]
    }
    scenario = make_scenario(account, tag, condition=condition)
    give(tag, member)
    give(linked, member)
    found = explain_member(scenario, member)
    since = timezone.localtime(member.member_tags.get(tag=linked).batch.at)
    assert [(row.value, row.holds) for row in found.conditions] == [
        (f"「連携済み」{since:%Y/%m/%d %H:%M}から付いている", False),
        ("「VIP」付いていない", False),
    ]
    assert not found.is_sent
    assert "いまのままでは送りません" in found.decision
    assert "連携済み" in found.decision
    member.member_tags.filter(tag=linked).delete()
    give(vip, member)
    found = explain_member(scenario, member)
    assert [row.holds for row in found.conditions] == [True, True]
    assert found.is_sent
    assert found.decision.startswith("次のメッセージを")


def test_the_saved_condition_is_taken_apart_too(
    account: LineAccount, member: Member, tag: Tag
) -> None:
    segment = Segment.objects.create(
        name="ブロック中",
        for_delivery=True,
        owner=Operator.objects.order_by("pk")[0],
        condition={"all": [{"field": "line_state", "op": "in", "value": ["blocked"]}]},
    )
    scenario = make_scenario(account, tag, segment=segment)
    (check,) = explain_member(scenario, member).conditions
    assert check.holds is False
    assert check.label.startswith("保存した条件「ブロック中」：")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"line_state": "blocked"}, "会員がLINE公式アカウントをブロックしています。"),
        ({"line_optout_at": timezone.now()}, "会員がLINEの受信を拒否しています。"),
    ],
)
def test_who_cannot_be_reached(
    account: LineAccount, member: Member, tag: Tag, values: Any, text: str
) -> None:
    scenario = make_scenario(account, tag)
    give(tag, member)
    assert explain_member(scenario, member).is_sent
    Member.objects.filter(pk=member.pk).update(**values)
    member.refresh_from_db()
    found = explain_member(scenario, member)
    assert not found.is_sent
    assert found.decision.endswith(text)


def test_off_and_the_wait_for_polls(
    account: LineAccount,
    member: Member,
    tag: Tag,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = timezone.now()
    settled = {"at": now - timedelta(hours=1)}
    carts = MessagingExtension(
        "cartsync", link_timing=lambda tenant: LinkTiming(settled_at=settled["at"])
    )
    hand_in(monkeypatch, extensions, carts)
    scenario = make_scenario(account, tag, wait_for_polls=True)
    give(tag, member)
    Member.objects.filter(pk=member.pk).update(answered_at=now)
    member.refresh_from_db()
    assert held(scenario, member)["2回の連携確認"] is False
    settled["at"] = now
    assert held(scenario, member)["2回の連携確認"] is True
    Scenario.objects.update(is_on=False)
    scenario.refresh_from_db()
    found = explain_member(scenario, member)
    assert not found.is_sent
    assert found.decision.endswith("ステップメッセージのステータス：オフ")


def test_the_account_is_switched_off(
    account: LineAccount, member: Member, tag: Tag
) -> None:
    scenario = make_scenario(account, tag)
    give(tag, member)
    account.is_active = False
    account.save()
    found = explain_member(scenario, member)
    assert not found.is_sent
    assert found.decision.endswith("LINEアカウント：無効")


def test_all_sends_are_stopped(account: LineAccount, member: Member, tag: Tag) -> None:
    scenario = make_scenario(account, tag)
    give(tag, member)
    stop_all_sends(account.tenant)
    found = explain_member(scenario, member)
    assert not found.is_sent
    assert found.decision.endswith("全配信を止める：止めています。解除すると送ります")


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        (State.SENT, "", "すべてのメッセージを送り終えました。"),
        (
            State.SKIPPED,
            "condition",
            "1件のうち0件を送りました。最後に送らなかった理由：配信時間に、絞り込みの条件に当てはまりませんでした。",
        ),
    ],
)
def test_what_was_decided_before(
    account: LineAccount,
    member: Member,
    tag: Tag,
    state: int,
    reason: str,
    expected: str,
) -> None:
    scenario = make_scenario(account, tag)
    give(tag, member)
    finish(scenario, state, reason)
    found = explain_member(scenario, member)
    assert (found.is_sent, found.decision) == (False, expected)
    assert [run.trigger for run in found.runs] == ["タグが付いたとき：回答済み"]


def test_a_refused_event_says_the_rule(account: LineAccount, member: Member) -> None:
    scenario = make_scenario(account, second_event="once")
    Trigger.objects.create(scenario=scenario, kind="order")
    for key in ("o:1", "o:2"):
        events = [Happening(member.pk, key, timezone.now())]
        fire_trigger(account.tenant, "order", "", events)
        finish(scenario, State.SENT)
    found = explain_member(scenario, member)
    assert (
        found.decision
        == "2回目のきっかけのため、始めませんでした（一度だけ送信する）。"
    )
    assert [bool(run.refusal) for run in found.runs] == [True, False]


def test_a_condition_that_cannot_be_read_is_said(
    account: LineAccount, member: Member, tag: Tag
) -> None:
    broken = {"all": [{"field": "tag", "op": "has_any", "value": [10**6]}]}
    scenario = make_scenario(account, tag, condition=broken)
    (check,) = explain_member(scenario, member).conditions
    assert (check.label, check.holds) == ("読み取れない条件", False)


def test_the_pages(
    aiko: Client, account: LineAccount, member: Member, tag: Tag
) -> None:
    scenario = make_scenario(account, tag, name="お礼")
    make_scenario(account, name="別の")
    give(tag, member)
    page = aiko.get(f"/t/sakura/members/{member.public_id}/?tab=messages")
    assert f"{BASE}why/{member.public_id}/" in page.content.decode()
    every = aiko.get(f"{BASE}why/{member.public_id}/").content.decode()
    assert "お礼" in every and "別の" in every
    one = aiko.get(f"{BASE}why/{member.public_id}/?scenario={scenario.public_id}")
    text = one.content.decode()
    assert (
        "これまでの判定" in text and "別の" not in text and "次のメッセージを" in text
    )
    assert aiko.get(f"{BASE}why/{member.public_id}/?scenario=nobody").status_code == 404
    people = aiko.get(f"{BASE}steps/{scenario.public_id}/people/")
    assert [person.state for person in people.context["people"]] == ["進行中"]
    assert "再入力の依頼の結果" not in people.content.decode()


# ---------------------------------------------------------------- who was asked
def test_asked_answered_and_linked(
    aiko: Client,
    account: LineAccount,
    line: Sandbox,
    tag: Tag,
    linked: Tag,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand_in(
        monkeypatch,
        extensions,
        MessagingExtension("cartsync", linked_tags=lambda: [linked.pk]),
    )
    members = make_friends(line, account, 5)
    condition = {"all": [{"field": "tag", "op": "has_none", "value": [linked.pk]}]}
    scenario = make_scenario(account, tag, condition=condition, form_id="form")
    assert count_asked(scenario) == AskedCounts(0, 0, 0)
    give(tag, *members)
    now = timezone.now()
    finish(scenario, State.SENT)
    waiting = Delivery.objects.filter(member=members[4])
    waiting.update(state=State.SCHEDULED, finished_at=None)
    later, earlier = now + timedelta(hours=1), now - timedelta(hours=1)
    for pk, answered, state in (
        (members[0].pk, later, "linked"),
        (members[1].pk, later, "known"),
        (members[2].pk, earlier, "known"),
        (members[4].pk, later, "linked"),
    ):
        Member.objects.filter(pk=pk).update(answered_at=answered, link_state=state)
    assert count_asked(scenario) == AskedCounts(4, 2, 1)
    rows = build_people(scenario, list(Member.objects.order_by("pk")))
    assert [(row.has_answered, row.is_linked, row.sent) for row in rows] == [
        (True, True, 1),
        (True, False, 1),
        (False, False, 1),
        (False, False, 1),
        (False, True, 0),
    ]
    assert [row.state for row in rows] == ["終了"] * 4 + ["進行中"]
    page = aiko.get(f"{BASE}steps/{scenario.public_id}/people/").content.decode()
    assert "再入力の依頼の結果" in page and "4名" in page and "50%" in page


# ---------------------------------------------------------------- as of the sending
def test_conditions_as_they_read_at_the_sending(
    account: LineAccount, member: Member, tag: Tag, linked: Tag, cast: Cast
) -> None:
    """What was changed since, in the step message or in its saved condition, explains what comes, not what went."""
    before = {"field": "tag", "op": "has_none", "value": [linked.pk]}
    after = {"field": "line_state", "op": "in", "value": ["blocked"]}
    segment = save_segment("届く人", {"all": [before]}, cast.aiko, for_delivery=True)
    scenario = make_scenario(account, tag, condition={"all": [before]}, segment=segment)
    give(tag, member)
    finish(scenario, State.SENT)
    scenario.condition = {"all": [after]}
    save_scenario(scenario, [tag])
    overwrite_segment(segment, {"all": [after]})
    scenario.refresh_from_db()
    now = explain_member(scenario, member, with_past=True)
    assert [check.holds for check in now.conditions] == [False, False]
    ((_delivery, checks),) = now.runs[0].decided
    *conditions, _optout = checks
    assert [check.holds for check in conditions] == [True, True]
    scenario.segment = None
    save_scenario(scenario, [tag])
    again = explain_member(scenario, member, with_past=True).runs[0].decided
    assert [(row.label, row.holds) for row in again[0][1]] == [
        (row.label, row.holds) for row in checks
    ]


def test_conditions_as_of_the_sending(
    account: LineAccount, member: Member, tag: Tag, linked: Tag
) -> None:
    """Tags, columns, attributes and the opt-out stand as they stood; what has no history is marked."""
    size = make_attribute("号数", "number", [], False, True)
    condition = {
        "all": [
            {"field": "tag", "op": "has_none", "value": [linked.pk]},
            {"field": f"attr:{size.public_id}", "op": "at_least", "value": 9},
            {"field": "email", "op": "filled", "value": True},
            {"field": "line_state", "op": "in", "value": ["friend"]},
        ]
    }
    scenario = make_scenario(account, tag, condition=condition)
    vip = make_tag("VIP")
    give(vip, member)
    Member.objects.filter(pk=member.pk).update(
        name="山田 花子", email="h@example.jp", email_key="h@example.jp"
    )
    set_attribute_value(size, Member.objects.filter(pk=member.pk), "11")
    give(tag, member)
    finish(scenario, State.SENT)
    give(linked, member)
    untag_members(vip, Member.objects.filter(pk=member.pk), "operator")
    Member.objects.filter(pk=member.pk).update(
        name="鈴木 一郎",
        email="",
        email_key="",
        line_optout_at=timezone.now(),
        line_state="blocked",
    )
    set_attribute_value(size, Member.objects.filter(pk=member.pk), "7")
    member.refresh_from_db()
    now = explain_member(scenario, member, with_past=True)
    assert [check.holds for check in now.conditions] == [False, False, False, False]
    ((delivery, checks),) = now.runs[0].decided
    at = timezone.localtime(delivery.finished_at)
    then = f"{at:%Y/%m/%d %H:%M}時点の値"
    assert [(check.holds, check.note) for check in checks] == [
        (True, then),
        (True, then),
        (True, then),
        (False, "現在の値"),
        (True, then),
    ]
    # Nothing of it stays: not in the rows, not in the history.
    member.refresh_from_db()
    assert (member.name, member.line_optout_at is None) == ("鈴木 一郎", False)
    tags = set(member.member_tags.values_list("tag__name", flat=True))
    assert tags == {"回答済み", "連携済み"}
    assert MemberChange.objects.filter(member=member).count() == 4


def test_a_tag_that_was_there_then(
    account: LineAccount, member: Member, tag: Tag
) -> None:
    vip = make_tag("VIP")
    give(vip, member)
    leaf = {"field": "tag", "op": "has_any", "value": [vip.pk]}
    scenario = make_scenario(account, tag, condition={"all": [leaf]})
    give(tag, member)
    finish(scenario, State.SENT)
    untag_members(vip, Member.objects.filter(pk=member.pk), "operator")
    found = explain_member(scenario, member, with_past=True)
    assert [check.holds for check in found.conditions] == [False]
    ((_delivery, checks),) = found.runs[0].decided
    assert checks[0].holds is True
    assert "から付いている" in checks[0].value


def test_linked_then(
    account: LineAccount, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    spring = timezone.now() - timedelta(days=100)
    carts = MembersExtension("cartsync", was_linked=lambda _member, at: at < spring)
    hand_in(monkeypatch, member_extensions, carts)
    for days, state in ((-1, "linked"), (1, "unanswered")):
        with rewind_member(member, spring + timedelta(days=days)):
            assert Member.objects.get(pk=member.pk).link_state == state
    Member.objects.filter(pk=member.pk).update(link_state="linked")
    member.refresh_from_db()
    with rewind_member(member, timezone.now()):
        assert Member.objects.get(pk=member.pk).link_state == "known"


def test_the_page_shows_then(
    account: LineAccount, member: Member, tag: Tag, vic: Client
) -> None:
    leaf = {"field": "tag", "op": "has_any", "value": [tag.pk]}
    scenario = make_scenario(account, tag, condition={"all": [leaf]})
    give(tag, member)
    finish(scenario, State.SENT)
    page = vic.get(f"{BASE}why/{member.public_id}/?scenario={scenario.public_id}")
    assert "判定したときの値" in page.content.decode()
    assert "時点の値" in page.content.decode()
