"""Why a member gets a broadcast, or does not: before its audience is fixed and after."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Member
from members.segments.manage import overwrite_segment, save_segment
from members.tags.assign import untag_members
from messaging.broadcasts import manage
from messaging.broadcasts.explain import explain_broadcasts
from messaging.broadcasts.explain_conditions import explain_audience_conditions
from messaging.models import Broadcast, Delivery, LineAccount
from tests.conftest import Cast
from tests.messaging.broadcasts.test_broadcasts import fix, make_broadcast
from tests.messaging.conftest import give, make_tag


def explain(member: Member) -> list[tuple[bool, str]]:
    member.refresh_from_db()
    return [(row.is_sent, row.decision) for row in explain_broadcasts(member)]


def test_before_and_after_the_audience_is_fixed(
    account: LineAccount, member: Member, aiko: Client
) -> None:
    tag = make_tag("VIP")
    soon = timezone.now() + timedelta(days=1)
    broadcast = make_broadcast(account, audience="tag", tag=tag, due_at=soon)
    assert explain(member) == []
    assert manage.start_broadcast(broadcast)
    audience = "タグが付いている会員：VIP"
    assert explain(member) == [(False, f"いまの宛先（{audience}）に当てはまりません。")]
    give(tag, member)
    assert explain(member) == [
        (True, f"宛先（{audience}）に含まれる見込みです。配信時点の情報で決まります。")
    ]
    Member.objects.filter(pk=member.pk).update(line_state="blocked")
    blocked = [(False, "会員がLINE公式アカウントをブロックしています。")]
    assert explain(member) == blocked
    Broadcast.objects.update(due_at=timezone.now())
    fix(broadcast)
    assert explain(member) == blocked
    Delivery.objects.update(state=Delivery.State.SENT, reason="")
    assert explain(member) == [(True, "送信済み")]
    page = aiko.get(f"/t/sakura/messages/why/{member.public_id}/").content.decode()
    assert f"/t/sakura/messages/broadcasts/{broadcast.public_id}/" in page
    Delivery.objects.all().delete()
    assert explain(member) == [
        (False, f"宛先を決めたときに、宛先（{audience}）に含まれていませんでした。")
    ]


def test_conditions_as_of_the_sending(
    account: LineAccount, member: Member, vic: Client
) -> None:
    """The tag is gone by now, and the opt-out came later."""
    tag = make_tag("VIP")
    broadcast = make_broadcast(account, audience="tag", tag=tag)
    give(tag, member)
    assert [check.note for check in explain_audience_conditions(broadcast, member)] == [
        "現在の値"
    ]
    manage.start_broadcast(broadcast)
    fix(broadcast)
    sent_at = timezone.now()
    Delivery.objects.update(state=Delivery.State.SENT, finished_at=sent_at)
    untag_members(tag, Member.objects.filter(pk=member.pk), "operator")
    Member.objects.filter(pk=member.pk).update(line_optout_at=timezone.now())
    member.refresh_from_db()
    checks = explain_audience_conditions(broadcast, member)
    then = f"{timezone.localtime(sent_at):%Y/%m/%d %H:%M}時点の値"
    assert [(check.holds, check.note) for check in checks] == [(True, then)] * 2
    assert "VIP" in checks[0].value
    why = f"/t/sakura/messages/why/{member.public_id}/?broadcast={broadcast.public_id}"
    assert then in vic.get(why).content.decode()


@pytest.mark.parametrize("fixed_at", Broadcast.FixedAt.values)
def test_the_saved_condition_as_it_read_when_the_audience_was_fixed(
    account: LineAccount, member: Member, cast: Cast, fixed_at: str
) -> None:
    """It is changed before or after it goes out, whenever the other moment counts."""
    friends, nobody = (
        {"all": [{"field": "line_state", "op": "in", "value": [state]}]}
        for state in ("friend", "blocked")
    )
    at_booking = fixed_at == Broadcast.FixedAt.BOOKING
    first, then, last = (
        (friends, nobody, nobody) if at_booking else (nobody, friends, nobody)
    )
    segment = save_segment("届く人", first, cast.aiko, for_delivery=True)
    soon = timezone.now() + timedelta(days=1)
    broadcast = make_broadcast(
        account, audience="segment", segment=segment, due_at=soon, fixed_at=fixed_at
    )
    assert manage.start_broadcast(broadcast)
    if at_booking:
        fix(broadcast)
    overwrite_segment(segment, then)
    Broadcast.objects.update(due_at=timezone.now())
    if not at_booking:
        fix(broadcast)
    sent = Delivery.objects.filter(broadcast=broadcast)
    assert sent.update(state=Delivery.State.SENT, finished_at=timezone.now()) == 1
    overwrite_segment(segment, last)
    broadcast.refresh_from_db()
    condition, _optout = explain_audience_conditions(broadcast, member)
    assert condition.holds is True


def test_stopped_before_its_audience_was_fixed(
    account: LineAccount, member: Member
) -> None:
    soon = timezone.now() + timedelta(days=1)
    broadcast = make_broadcast(account, due_at=soon)
    manage.start_broadcast(broadcast)
    manage.stop_broadcast(broadcast)
    broadcast.refresh_from_db()
    assert explain(member) == [(False, "一斉配信が停止されました。")]
    assert explain_audience_conditions(broadcast, member) == []


def test_an_audience_of_the_booking_is_never_as_of_a_time_to_come(
    account: LineAccount, member: Member
) -> None:
    tag = make_tag("VIP")
    give(tag, Member.objects.create(line_user_id=f"U{'7' * 32}", line_state="friend"))
    soon = timezone.now() + timedelta(days=1)
    broadcast = make_broadcast(
        account, audience="tag", tag=tag, due_at=soon, fixed_at="book"
    )
    manage.start_broadcast(broadcast)
    fix(broadcast)
    broadcast.refresh_from_db()
    assert broadcast.audience_count == 1
    checks = explain_audience_conditions(broadcast, member)
    assert [(check.holds, check.note) for check in checks] == [(False, "現在の値")]
