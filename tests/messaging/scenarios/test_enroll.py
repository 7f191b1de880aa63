from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import Member, TagBatch
from members.tags.assign import untag_members
from messaging.models import Delivery, Enrollment, LineAccount
from messaging.scenarios.enroll import enrol_answering_members
from messaging.scenarios.missed import count_missed_members, enrol_missed_members
from messaging.triggers.tagged import enrol_tagged_members
from tenants.models import Wakeup
from tests.messaging.conftest import give, make_scenario, make_tag


def dispatch_wakeup(account: LineAccount) -> Any:
    return Wakeup.objects.filter(
        kind="messaging.dispatch", subject=account.sender_id
    ).first()


def test_tagging_enrols_and_books_every_step(
    account: LineAccount, members: list[Member]
) -> None:
    tag = make_tag("回答済み")
    scenario = make_scenario(
        account,
        tag,
        steps=[(timedelta(hours=2), "1通目"), (timedelta(days=1), "2通目")],
    )
    batch = give(tag, *members[:2])
    assert (
        Enrollment.objects.filter(
            scenario=scenario, trigger_key=f"tag:{batch.pk}"
        ).count()
        == 2
    )
    booked = Delivery.objects.filter(member=members[0]).order_by("planned_at")
    began = Enrollment.objects.get(member=members[0]).triggered_at
    assert [
        (d.content.text, d.planned_at - began, d.due_at - began, d.state)
        for d in booked
    ] == [
        ("1通目", timedelta(hours=2), timedelta(hours=2), 0),
        ("2通目", timedelta(days=1), timedelta(days=1), 0),
    ]
    assert len(set(Delivery.objects.values_list("public_id", flat=True))) == 4
    assert dispatch_wakeup(account).due_at == booked[0].due_at


def test_the_same_batch_told_twice_enrols_once(
    account: LineAccount, members: list[Member]
) -> None:
    tag = make_tag("回答済み")
    make_scenario(account, tag)
    batch = give(tag, *members)
    enrol_tagged_members(None, account.tenant, tag, batch)
    assert (Enrollment.objects.count(), Delivery.objects.count()) == (3, 3)


def test_tagged_anew_is_a_new_trigger(
    account: LineAccount, members: list[Member]
) -> None:
    tag = make_tag("回答済み")
    make_scenario(account, tag)
    give(tag, members[0])
    give(tag, members[0])  # carries it already
    untag_members(
        tag, Member.objects.filter(pk=members[0].pk), TagBatch.Source.OPERATOR
    )
    give(tag, members[0])
    assert Enrollment.objects.count() == 2


def test_any_of_several_tags_triggers_and_other_scenarios_stay_out(
    account: LineAccount, members: list[Member]
) -> None:
    one, two, other = make_tag("1"), make_tag("2"), make_tag("3")
    scenario = make_scenario(account, one, two)
    make_scenario(account, other)
    make_scenario(account, one, is_on=False)
    give(one, members[0])
    give(two, members[1])
    assert set(Enrollment.objects.values_list("scenario", "member")) == {
        (scenario.pk, members[0].pk),
        (scenario.pk, members[1].pk),
    }


@pytest.mark.parametrize("count", [1, 3])
def test_one_statement_for_one_and_for_many(
    account: LineAccount, members: list[Member], count: int
) -> None:
    tag = make_tag("回答済み")
    make_scenario(account, tag)
    make_scenario(account, tag)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        give(tag, *members[:count])
    assert sum("INSERT INTO messaging_enrollment" in q["sql"] for q in queries) == 1
    assert Delivery.objects.count() == 2 * count


def test_an_answer_again_is_a_trigger_where_the_switch_is_on(
    account: LineAccount, members: list[Member]
) -> None:
    tag = make_tag("回答済み")
    again = make_scenario(account, tag, again_on_answer=True)
    make_scenario(account, tag)
    make_scenario(account, tag, again_on_answer=True, is_on=False)
    enrol_answering_members(account.tenant, [tag.pk], [members[0].pk], "submission:1")
    enrol_answering_members(account.tenant, [tag.pk], [members[0].pk], "submission:1")
    enrol_answering_members(account.tenant, [tag.pk], [members[0].pk], "submission:2")
    assert list(
        Enrollment.objects.order_by("pk").values_list(
            "scenario", "member", "trigger_key"
        )
    ) == [
        (again.pk, members[0].pk, "submission:1"),
        (again.pk, members[0].pk, "submission:2"),
    ]
    assert dispatch_wakeup(account) is not None


def test_one_answer_enrols_once_though_one_tag_is_new_and_one_old(
    account: LineAccount, members: list[Member]
) -> None:
    old, new = make_tag("前からある"), make_tag("この回答で付く")
    make_scenario(account, old, new, again_on_answer=True)
    give(new, members[0])
    enrol_answering_members(
        account.tenant, [old.pk], [members[0].pk, members[1].pk], "submission:1"
    )
    assert list(
        Enrollment.objects.order_by("member").values_list("member", flat=True)
    ) == [
        members[0].pk,
        members[1].pk,
    ]


def test_those_who_came_while_it_was_off(
    account: LineAccount, members: list[Member]
) -> None:
    tag = make_tag("回答済み")
    give(tag, members[2])  # before the scenario was made
    scenario = make_scenario(
        account, tag, is_on=False, steps=[(timedelta(hours=1), "どうぞ")]
    )
    give(tag, *members[:2])
    assert count_missed_members(scenario) == 2
    assert (enrol_missed_members(scenario), enrol_missed_members(scenario)) == (2, 0)
    assert set(Enrollment.objects.values_list("member", flat=True)) == {
        members[0].pk,
        members[1].pk,
    }
    delivery = Delivery.objects.first()
    assert delivery.planned_at - delivery.enrollment.triggered_at == timedelta(hours=1)


def test_two_new_tags_of_one_answer_enrol_once(
    account: LineAccount, members: list[Member]
) -> None:
    """Each tagging is told by itself, but the customer did one thing."""
    one, two, other = make_tag("1"), make_tag("2"), make_tag("3")
    both = make_scenario(account, one, two, name="1か2")
    alone = make_scenario(account, two, other, name="2か3")
    give(one, *members[:2])
    give(two, members[0], members[2])
    assert sorted(Enrollment.objects.values_list("scenario", "member")) == sorted(
        [(both.pk, member.pk) for member in members]
        + [(alone.pk, members[0].pk), (alone.pk, members[2].pk)]
    )


def test_who_got_two_tags_while_it_was_off_is_put_on_once(
    account: LineAccount, members: list[Member]
) -> None:
    one, two = make_tag("1"), make_tag("2")
    scenario = make_scenario(account, one, two, is_on=False)
    give(one, members[0])
    give(two, members[0])
    assert (
        count_missed_members(scenario),
        enrol_missed_members(scenario),
        enrol_missed_members(scenario),
    ) == (1, 1, 0)


def test_deleted_members_are_not_enrolled(
    account: LineAccount, members: list[Member]
) -> None:
    tag = make_tag("回答済み")
    make_scenario(account, tag)
    Member.objects.filter(pk=members[0].pk).update(deleted_at=timezone.now())
    give(tag, *members)
    assert set(Enrollment.objects.values_list("member", flat=True)) == {
        members[1].pk,
        members[2].pk,
    }
