"""The sender against the simulator over real HTTP, with the database's commits real."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import connection, transaction
from django.utils import timezone

from members.models import Member
from messaging.accounts import pause as stopping
from messaging.channels import base
from messaging.channels.line import push
from messaging.channels.line.channel import LineChannel
from messaging.deliveries import holds, ledger, outcomes, sender
from messaging.deliveries.holds import LinkTiming
from messaging.extension import MessagingExtension, extensions
from messaging.models import Call, Delivery, LineAccount, Scenario, Sender
from operators.models import Notice
from outbound import faultpoints
from tenants.models import Tenant, Wakeup
from tenants.scope import open_tenant_scope
from tests.extensions import hand_in
from tests.messaging.conftest import Shop, channel, give, make_tag


@pytest.fixture(autouse=True)
def fast(settings: Any) -> Any:
    settings.LINE_PUSH_PER_SECOND = 20_000
    yield
    faultpoints.hook = None


def got(shop: Shop) -> dict[str, int]:
    return dict(channel(shop.line, shop.account).accepted)


def texts(shop: Shop, member: Member) -> list[str]:
    talk = channel(shop.line, shop.account).talks.get(member.line_user_id, [])
    return [bubble["message"]["text"] for bubble in talk]


def faults(shop: Shop, **values: Any) -> None:
    shop.line.line.faults = type(shop.line.line.faults)(**values)


def test_each_gets_one_message_with_their_own_name(shop: Shop) -> None:
    members = shop.friends(3)
    shop.book(*members, steps=[(timedelta(), "{name}さん、こんにちは")])
    assert shop.dispatch() is None
    assert [texts(shop, member) for member in members] == [
        [f"友 {n}さん、こんにちは"] for n in range(3)
    ]
    assert shop.states() == {"2": 3}
    with shop.open():
        delivery = Delivery.objects.first()
        call = Call.objects.get(deliveries=delivery)
        assert (call.kind, call.tries, call.status, call.token) == (
            "push",
            1,
            200,
            None,
        )
        assert call.request_id and delivery.finished_at
        assert call.to == [delivery.member.line_user_id]
        own = {"name": "", "line_name": delivery.member.line_name}
        assert call.values == {**own, "unit": f"s_{delivery.step.public_id}"}


def test_later_steps_wait_and_say_when(shop: Shop) -> None:
    shop.book(*shop.friends(1), steps=[(timedelta(hours=2), "あとで")])
    again = shop.dispatch()
    assert timedelta(minutes=119) < again - timezone.now() < timedelta(minutes=121)
    assert (shop.states(), got(shop)) == ({"0": 1}, {})
    shop.shift(7200)
    shop.dispatch()
    assert shop.states() == {"2": 1}


def test_who_cannot_get_it_is_skipped_with_the_reason(shop: Shop) -> None:
    members = [
        *shop.friends(1, line_state="blocked"),
        *shop.friends(1, line_state="none"),
        *shop.friends(1, line_user_id=None),
        *shop.friends(1),
    ]
    shop.book(*members)
    shop.dispatch()
    assert shop.states() == {"3 blocked": 1, "3 not_friend": 1, "3 no_line": 1, "2": 1}
    assert got(shop) == {members[3].line_user_id: 1}
    with shop.open():
        assert Call.objects.count() == 1


def test_the_condition_is_judged_when_due(shop: Shop) -> None:
    members = shop.friends(3)
    with shop.open():
        linked = make_tag("連携済み")
    scenario = shop.book(
        *members,
        condition={"all": [{"field": "tag", "op": "has_none", "value": [linked.pk]}]},
    )
    with shop.open():
        give(linked, *members[:2])
    shop.dispatch()
    assert shop.states() == {"3 condition": 2, "2": 1}
    assert got(shop) == {members[2].line_user_id: 1}
    assert isinstance(scenario, Scenario)


def test_a_condition_nobody_understands_sends_nothing_and_drops_nobody(
    shop: Shop,
) -> None:
    shop.book(
        *shop.friends(1),
        condition={"all": [{"field": "moon", "op": "is", "value": "full"}]},
    )
    shop.dispatch()
    assert (shop.states(), got(shop)) == ({"0 broken": 1}, {})


def test_a_scenario_switched_off_sends_nothing_more(shop: Shop) -> None:
    scenario = shop.book(*shop.friends(2))
    with shop.open():
        Scenario.objects.filter(pk=scenario.pk).update(is_on=False)
    shop.dispatch()
    assert (shop.states(), got(shop)) == ({"8 off": 2}, {})


def carts(timing: Callable[[Tenant], LinkTiming]) -> MessagingExtension:
    """Return what the carts would hand in."""
    return MessagingExtension("cartsync", link_timing=timing)


def test_held_until_two_polls_since_the_answer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = timezone.now()
    timing = LinkTiming(timedelta(hours=1), None)
    hand_in(monkeypatch, extensions, carts(lambda tenant: timing))
    members = [*shop.friends(2, answered_at=answered), *shop.friends(1)]
    shop.book(*members, wait_for_polls=True)
    shop.dispatch()
    assert shop.states() == {"7 held": 2, "2": 1}
    timing = LinkTiming(timedelta(hours=1), answered - timedelta(seconds=1))
    recheck(shop)
    assert shop.states() == {"7 held": 2, "2": 1}
    timing = LinkTiming(timedelta(hours=1), answered + timedelta(seconds=1))
    with shop.open():
        Member.objects.filter(pk=members[1].pk).update(
            answered_at=answered + timedelta(hours=1)
        )
    recheck(shop)
    assert got(shop) == {members[0].line_user_id: 1, members[2].line_user_id: 1}
    assert shop.states() == {"7 held": 1, "2": 2}


def recheck(shop: Shop) -> None:
    with shop.open():
        Wakeup.objects.filter(kind="messaging.dispatch").delete()
        holds.recheck_held_deliveries(shop.tenant)
    shop.dispatch()


def test_recheck_wakes_the_sender(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    hand_in(monkeypatch, extensions, carts(lambda tenant: LinkTiming()))
    shop.book(*shop.friends(1, answered_at=now), wait_for_polls=True)
    shop.dispatch()
    Wakeup.objects.filter(kind="messaging.dispatch").delete()
    hand_in(monkeypatch, extensions, carts(lambda tenant: LinkTiming(None, now)))
    with shop.open():
        holds.recheck_held_deliveries(shop.tenant)
    assert (
        Wakeup.objects.filter(
            kind="messaging.dispatch", subject=shop.account.sender_id
        ).count()
        == 1
    )


def test_accepted_but_answered_500_is_found_out_by_the_retry_key(shop: Shop) -> None:
    shop.book(*shop.friends(3))
    faults(shop, after_500=1.0)
    again = shop.dispatch()
    assert again > timezone.now()
    assert shop.states() == {"1 retry": 3}
    faults(shop)
    shop.shift(60)
    shop.dispatch()
    assert set(got(shop).values()) == {1}
    assert shop.states() == {"2": 3}
    with shop.open():
        calls = Call.objects.values_list("tries", "doubts", "status", "state")
        assert list(calls) == [(2, 2, 409, Call.State.ACCEPTED)] * 3


def test_never_answered_is_tried_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "CALL_SECONDS", 0.3)
    shop.book(*shop.friends(4))
    faults(shop, hang=1.0)
    shop.dispatch()
    assert shop.states() == {"1 retry": 4}
    faults(shop)
    shop.shift(60)
    shop.dispatch()
    assert set(got(shop).values()) == {1}
    with shop.open():
        assert set(Call.objects.values_list("tries", "doubts")) == {(2, 2)}


def test_what_may_have_arrived_is_settled_by_the_key_whatever_changed(
    shop: Shop,
) -> None:
    """Skipping it now would call a message left out that is on the phone."""
    members = shop.friends(2)
    scenario = shop.book(*members)
    faults(shop, after_500=1.0)
    shop.dispatch()
    faults(shop)
    with shop.open():
        Member.objects.update(line_state="blocked")
        Scenario.objects.filter(pk=scenario.pk).update(is_on=False)
    shop.shift(60)
    shop.dispatch()
    assert (shop.states(), set(got(shop).values())) == ({"2": 2}, {1})


def test_unknown_after_24_hours_is_left_to_a_person(shop: Shop) -> None:
    shop.book(*shop.friends(2))
    faults(shop, after_500=1.0)
    shop.dispatch()
    faults(shop)
    shop.shift(25 * 3600, "due_at", "first_tried_at")
    assert shop.dispatch() is None
    assert shop.states() == {"6 expired": 2}
    assert set(got(shop).values()) == {1}


def test_just_inside_24_hours_the_key_still_settles_it(shop: Shop) -> None:
    shop.book(*shop.friends(1))
    faults(shop, after_500=1.0)
    shop.dispatch()
    faults(shop)
    shop.shift(23.5 * 3600, "due_at", "first_tried_at")
    shop.dispatch()
    assert (shop.states(), set(got(shop).values())) == ({"2": 1}, {1})


def test_a_4xx_is_lines_last_word(shop: Shop) -> None:
    members = shop.friends(2)
    with shop.open():
        Member.objects.filter(pk=members[0].pk).update(line_user_id="not-a-line-id")
    shop.book(*members)
    shop.dispatch()
    assert shop.states() == {"4 refused": 1, "2": 1}
    with shop.open():
        failed = Call.objects.get(status=400)
        assert failed.error.startswith("The property, 'to'")


def test_the_rate_limit_pauses_and_does_not_age_the_key(shop: Shop) -> None:
    shop.book(*shop.friends(3))
    faults(shop, rate_429=1.0)
    shop.dispatch(seconds=0.5)
    states = shop.states()
    assert sum(states.values()) == 3 and set(states) <= {"0 rate", "0"}
    with shop.open():
        assert Call.objects.count() == 0
    faults(shop)
    shop.shift(60)
    shop.dispatch()
    assert (shop.states(), set(got(shop).values())) == ({"2": 3}, {1})


def test_the_quota_stops_the_account_until_a_person_says_so(shop: Shop) -> None:
    shop.book(*shop.friends(5))
    channel(shop.line, shop.account).quota = 2
    assert shop.dispatch() is None
    states = shop.states()
    assert states.pop("2") == 2
    assert sum(states.values()) == 3 and set(states) <= {"0 quota", "0"}
    with shop.open():
        account = LineAccount.objects.get(pk=shop.account.pk)
        paused = Sender.objects.get(line=account)
        assert (paused.paused_reason, paused.paused_at is not None) == ("quota", True)
        assert list(Notice.objects.values_list("kind", "subject_id", "data")) == [
            ("account.quota", account.pk, {"reason": "quota"})
        ]
    assert shop.dispatch() is None
    channel(shop.line, shop.account).quota = None
    shop.shift(26 * 3600, "due_at")
    with shop.open():
        stopping.resume_sender(paused)
    assert (
        Wakeup.objects.get(kind="messaging.dispatch", subject=account.sender_id).due_at
        <= timezone.now()
    )
    shop.dispatch()
    assert (shop.states(), set(got(shop).values())) == ({"2": 5}, {1})


def test_a_refused_token_stops_the_account_and_fails_nobody(shop: Shop) -> None:
    shop.book(*shop.friends(2))
    with shop.open():
        LineAccount.objects.filter(pk=shop.account.pk).update(access_token="wrong")
    shop.dispatch()
    with shop.open():
        assert Sender.objects.get(line=shop.account.pk).paused_reason == "auth"
    assert set(shop.states()) <= {"0 auth", "0"}


def test_line_down_ends_the_run_and_loses_nothing(
    shop: Shop, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "TROUBLE", 5)
    settings.LINE_API_URL = "http://127.0.0.1:9"
    shop.book(*shop.friends(80))
    again = shop.dispatch()
    assert timedelta(seconds=20) < again - timezone.now() <= sender.TROUBLE_PAUSE
    settings.LINE_API_URL = shop.line.line_url
    shop.shift(60)
    shop.dispatch()
    assert shop.states() == {"2": 80}


# ---------------------------------------------------------------- two at once, and the dead
def test_two_dispatchers_at_once_send_each_message_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LineChannel, "batch", 20)
    shop.book(*shop.friends(300))

    def run() -> None:
        shop.dispatch()
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = channel(shop.line, shop.account)
    assert (shop.states(), state.accepted.total(), len(state.accepted)) == (
        {"2": 300},
        300,
        300,
    )
    assert state.replays == 0


class Killed(BaseException):
    pass


@pytest.mark.parametrize("point", ["claimed", "answered", "finishing"])
def test_a_run_that_dies_anywhere_is_taken_up_after_its_lease(
    shop: Shop, point: str
) -> None:
    """What the run never handles stands for SIGKILL: nothing after it runs. test_killing.py kills a real process."""
    shop.book(*shop.friends(30))
    left = [3]

    def die(name: str) -> None:
        left[0] -= name == point
        if not left[0] or (point != "answered" and name == point):
            raise Killed

    faultpoints.hook = die
    with pytest.raises(BaseException):  # noqa: B017 - a group around Killed
        shop.dispatch()
    faultpoints.hook = None
    assert "1" in shop.states()
    assert (
        shop.dispatch() > timezone.now()
    )  # leased: nobody takes them before the lease is over
    shop.shift(ledger.LEASE_SECONDS + 1)
    shop.dispatch()
    state = channel(shop.line, shop.account)
    assert (shop.states(), state.accepted.total(), len(state.accepted)) == (
        {"2": 30},
        30,
        30,
    )


def take(shop: Shop) -> list[ledger.Request]:
    """Take what is due, as a run does, without making the calls."""
    with shop.open():
        found = Sender.objects.with_accounts().get(pk=shop.account.sender_id)
        return sender.SenderRun(LineChannel(found), 1)._take()[1]


def test_a_lost_token_changes_nothing(shop: Shop) -> None:
    shop.book(*shop.friends(1))
    (first,) = take(shop)
    assert take(shop) == []
    shop.shift(ledger.LEASE_SECONDS + 1)
    (second,) = take(shop)
    assert (second.call, second.key, second.to) == (first.call, first.key, first.to)
    assert (second.number, second.doubts, second.deliveries) == (
        2,
        1,
        first.deliveries,
    )

    def end(request: ledger.Request, call: int, delivery: int) -> set[int]:
        result = outcomes.CallResult(request, call, delivery, "late")
        return outcomes.record_results(shop.tenant.pk, [result])

    with shop.open():
        before = Delivery.objects.values().get(), Call.objects.values().get()
        assert end(first, Call.State.REFUSED, Delivery.State.FAILED) == set()
        assert (Delivery.objects.values().get(), Call.objects.values().get()) == before
        ended = end(second, Call.State.ACCEPTED, Delivery.State.SENT)
        assert ended == {second.call}
    assert shop.states() == {"2 late": 1}


def test_the_other_shops_ledger_is_out_of_reach(shop: Shop) -> None:
    shop.book(*shop.friends(1))
    other = Tenant.objects.get(slug="momiji")
    given = shop.tenant.pk, shop.account.sender_id, 10
    with open_tenant_scope(other), transaction.atomic():
        assert ledger.take_due_deliveries(*given) == []
        assert ledger.claim_open_calls(*given) == []


@pytest.mark.parametrize("count", [1, 40])
def test_statements_do_not_grow_with_the_messages(
    shop: Shop,
    count: int,
    django_assert_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop.book(*shop.friends(count))
    with shop.open():
        found = Sender.objects.with_accounts().get(pk=shop.account.sender_id)
        run = sender.SenderRun(LineChannel(found), 1)
        with django_assert_num_queries(
            7
        ):  # open calls, due ones, scenarios, who fits, contents, calls, their deliveries
            taken, requests = run._take()
        assert (taken, len(requests)) == (count, count)


def test_a_bad_day_at_line(
    shop: Shop, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors before and after acceptance, rate limits, and Valkey flushed in the middle: each gets exactly one."""
    monkeypatch.setattr(LineChannel, "batch", 50)
    shop.book(*shop.friends(200))
    faults(shop, before_500=0.1, after_500=0.1, rate_429=0.03, seed=7)
    answers = 0

    def flush(name: str) -> None:
        nonlocal answers
        answers += name == "answered"
        if answers == 100:
            answers += 1
            redis.Redis.from_url(settings.REDIS_URL).flushdb()

    faultpoints.hook = flush
    for _ in range(12):
        shop.dispatch()
        if shop.states() == {"2": 200}:
            break
        shop.shift(600)
    state = channel(shop.line, shop.account)
    assert (shop.states(), state.accepted.total(), len(state.accepted)) == (
        {"2": 200},
        200,
        200,
    )
    assert state.replays > 0 and state.mismatched_keys == 0


@pytest.mark.parametrize("number", [1, 11, 1_100, 30_000])
def test_the_pause_is_bounded_however_often_it_was_tried(number: int) -> None:
    request = ledger.Request("push", 1, ["U"], [1], number=number)
    pause = base.compute_pause(request, base.Answer(base.Outcome.UNCERTAIN))
    assert 1 <= pause <= base.LONGEST_PAUSE
    pause = base.compute_pause(request, base.Answer(base.Outcome.TOO_FAST))
    assert pause == min(2.0 ** (min(number, 10) - 1), base.LONGEST_PAUSE / 2)


def test_deleted_and_opted_out_members_get_nothing(shop: Shop) -> None:
    deleted, opted_out, both, there = shop.friends(4)
    shop.book(deleted, opted_out, both, there)
    with shop.open():
        Member.objects.filter(pk__in=[deleted.pk, both.pk]).update(
            deleted_at=timezone.now()
        )
        Member.objects.filter(pk__in=[opted_out.pk, both.pk]).update(
            line_optout_at=timezone.now()
        )
    shop.dispatch()
    assert shop.states() == {"3 deleted": 2, "3 opted_out": 1, "2": 1}
    assert got(shop) == {there.line_user_id: 1}
