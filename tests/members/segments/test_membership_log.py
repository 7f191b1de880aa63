"""参加・離脱を毎日記録する: exact against a set kept by hand, once a day, and read by one page only."""

import datetime as dt
import random
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from members.identity.delete import delete_members_softly
from members.models import Member, Segment, SegmentChange, SegmentMember
from members.segments import manage
from members.segments.membership_log import (
    MOST_WATCHED,
    record_all_memberships,
    select_moved_members,
)
from members.tags.assign import tag_members, untag_members
from members.tags.names import get_or_create_tag
from members.tasks import run_membership_log
from operators.models import AuditEntry
from tenants.models import Tenant, Wakeup
from tests.conftest import Cast, client_for

MORNING = dt.datetime(2026, 11, 1, 0, 30, tzinfo=dt.timezone(dt.timedelta(hours=9)))
PAGE = "/t/sakura/members/segments/"
FRIENDS: dict[str, Any] = {"field": "line_state", "op": "in", "value": ["friend"]}


def on_day(number: int) -> Any:
    return time_machine.travel(MORNING + dt.timedelta(days=number), tick=False)


def watched(
    cast: Cast, condition: dict[str, Any] = FRIENDS, name: str = "友だち"
) -> Segment:
    return manage.save_segment(name, condition, cast.ed, watched=True)


def befriend(*members: Member) -> None:
    Member.objects.filter(pk__in=[each.pk for each in members]).update(
        line_state="friend"
    )


def leave(*members: Member) -> None:
    Member.objects.filter(pk__in=[each.pk for each in members]).update(
        line_state="blocked"
    )


def told(segment: Segment) -> tuple[list[str], list[str]]:
    joined, left = (
        sorted(select_moved_members(segment, way).values_list("name", flat=True))
        for way in (True, False)
    )
    return joined, left


def test_who_joined_and_who_left(sakura: Tenant, cast: Cast) -> None:
    a, b, c, d = Member.objects.bulk_create(Member(name=name) for name in "ABCD")
    befriend(a, b)
    with on_day(0):
        segment = watched(cast)
        again = record_all_memberships()
    assert again == MORNING.replace(minute=10, second=0, microsecond=0) + dt.timedelta(
        days=1
    )
    assert (SegmentMember.objects.count(), told(segment)) == (2, ([], []))
    leave(a)
    befriend(c, d)
    with on_day(1):
        record_all_memberships()
        assert told(segment) == (["C", "D"], ["A"])
        befriend(a)  # noted tomorrow: once a day
        record_all_memberships()
        assert told(segment) == (["C", "D"], ["A"])
    leave(d)
    with on_day(2):
        record_all_memberships()
        assert told(segment) == (["C"], []), (
            "who came and went, or went and came, is neither"
        )
        delete_members_softly(Member.objects.filter(pk=c.pk))
        assert told(segment) == ([], [])
    with on_day(8):
        assert told(segment) == (["A"], ["D"]), "since the evening of day 1"
    with on_day(9):
        assert told(segment) == ([], [])


def test_against_sets_kept_by_hand(sakura: Tenant, cast: Cast) -> None:
    """The net of a week, whatever happened on its days."""
    dice, label = random.Random(5), get_or_create_tag("定期")
    members = Member.objects.bulk_create(Member(name=f"{n:02}") for n in range(40))
    condition = {"field": "tag", "op": "has_any", "value": [label.pk]}
    days: list[set[str]] = []
    with on_day(0):
        segment = watched(cast, condition)
    for number in range(12):
        on, off = (
            Member.objects.filter(pk__in=[each.pk for each in dice.sample(members, 8)])
            for _ in range(2)
        )
        tag_members(label, on, "operator")
        untag_members(label, off, "operator")
        with on_day(number):
            record_all_memberships()
            now = set(
                Member.objects.filter(member_tags__tag=label).values_list(
                    "name", flat=True
                )
            )
            before = days[max(number - 7, 0)] if days else now
            assert told(segment) == (sorted(now - before), sorted(before - now)), number
        days.append(now)


def test_the_shop_is_woken_each_day(sakura: Tenant, cast: Cast) -> None:
    segment = watched(cast)
    assert Wakeup.objects.get(kind="members.segments").due_at <= timezone.now()
    run_membership_log(sakura, 0)
    segment.refresh_from_db()
    assert segment.watched_on == timezone.localdate()
    manage.change_segment(segment, segment.name, None, False, watched=False)
    assert record_all_memberships() is None
    assert not SegmentMember.objects.exists() and segment.watched_since is None


def test_another_condition_begins_anew(sakura: Tenant, cast: Cast) -> None:
    a, b = Member.objects.bulk_create(Member(name=name) for name in "AB")
    befriend(a)
    with on_day(0):
        segment = watched(cast)
        record_all_memberships()
    befriend(b)
    with on_day(1):
        record_all_memberships()
        assert told(segment) == (["B"], [])
        manage.overwrite_segment(segment, FRIENDS, "-seen")
        assert told(segment) == (["B"], []), "only the order changed"
        manage.overwrite_segment(
            segment, {"field": "line_state", "op": "in", "value": ["none"]}
        )
        record_all_memberships()
        assert (told(segment), SegmentMember.objects.count()) == (([], []), 0)


def test_a_condition_that_names_what_is_gone_keeps_what_it_had(
    sakura: Tenant, cast: Cast
) -> None:
    (a,) = Member.objects.bulk_create([Member(name="A")])
    befriend(a)
    with on_day(0):
        segment = watched(cast)
        record_all_memberships()
    Segment.objects.update(condition={"field": "tag", "op": "has_any", "value": [99]})
    with on_day(1):
        assert record_all_memberships() is not None
        assert (told(segment), SegmentMember.objects.count()) == (([], []), 1)


def test_changes_go_after_ninety_days(sakura: Tenant, cast: Cast) -> None:
    (a,) = Member.objects.bulk_create([Member(name="A")])
    with on_day(0):
        watched(cast)
        record_all_memberships()
    befriend(a)
    for day, kept in ((1, 1), (91, 1), (92, 0)):
        with on_day(day):
            record_all_memberships()
            assert SegmentChange.objects.count() == kept


def test_on_screen(sakura: Tenant, cast: Cast, ed: Client) -> None:
    a, b = Member.objects.bulk_create(Member(name=name) for name in ("花子", "太郎"))
    segment = manage.save_segment("友だち", FRIENDS, cast.ed)
    page = f"{PAGE}{segment.public_id}/"
    assert "記録していません" in ed.get(page).content.decode()
    befriend(b)
    with on_day(0):
        ed = client_for(cast.ed)
        ed.post(f"{page}edit/", {"name": "友だち", "watched": "on"})
        record_all_memberships()
    befriend(a)
    leave(b)
    with on_day(1):
        ed, strange = client_for(cast.ed), client_for(cast.oscar)
        record_all_memberships()
        html = ed.get(page).content.decode()
        assert ("+1名" in html, "−1名" in html, "記録の開始：" in html) == (
            True,
            True,
            True,
        )
        joined, left = (
            ed.get(f"{page}{way}/").content.decode() for way in ("joined", "left")
        )
        assert ("花子" in joined, "太郎" in joined, "花子" in left, "太郎" in left) == (
            True,
            False,
            False,
            True,
        )
        assert (
            strange.get(f"{page}joined/").status_code
            == client_for(cast.vic).get(f"{page}left/").status_code
            == 404
        )
    assert AuditEntry.objects.filter(action="segment.watched").count() == 1


def test_five_a_shop_and_only_by_who_may_edit(
    sakura: Tenant, cast: Cast, ed: Client, vic: Client
) -> None:
    for number in range(MOST_WATCHED):
        watched(cast, name=f"{number}")
    segment = manage.save_segment("もう1つ", FRIENDS, cast.ed)
    answer = ed.post(
        f"{PAGE}{segment.public_id}/edit/", {"name": "もう1つ", "watched": "on"}
    )
    assert (
        answer.status_code == 422
        and "参加・離脱の記録は5件までです" in answer.content.decode()
    )
    first = Segment.objects.earliest("pk")
    assert (
        ed.post(
            f"{PAGE}{first.public_id}/edit/", {"name": "0", "watched": "on"}
        ).status_code
        == 302
    )
    own = manage.save_segment("閲覧", FRIENDS, cast.vic)
    Segment.objects.filter(pk=first.pk).update(watched_since=None)
    vic.post(f"{PAGE}{own.public_id}/edit/", {"name": "閲覧", "watched": "on"})
    own.refresh_from_db()
    assert own.watched_since is None


@pytest.mark.parametrize("count", [1, 300])
def test_one_statement_however_many(
    sakura: Tenant, cast: Cast, count: int, django_assert_num_queries: Any
) -> None:
    Member.objects.bulk_create(Member(line_state="friend") for _ in range(count))
    watched(cast)
    with django_assert_num_queries(11):
        record_all_memberships()
    assert SegmentMember.objects.count() == count
