"""Two friends in a series of three messages, and one mail."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import Member
from messaging.models import Delivery, LineAccount, Scenario
from sandbox.serving import Sandbox
from tests.messaging.conftest import give, make_friends, make_scenario, make_tag

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = [(DAY, "一通目"), (2 * DAY, "二通目"), (3 * DAY, "三通目")]


@pytest.fixture
def friends(account: LineAccount, line: Sandbox) -> list[Member]:
    found = make_friends(line, account, 2)
    for member, name in zip(found, ("山田 花子", "佐藤 次郎"), strict=True):
        Member.objects.filter(pk=member.pk).update(
            name=name, name_key=name.replace(" ", "")
        )
    return list(Member.objects.order_by("pk"))


@pytest.fixture
def scenario(account: LineAccount, friends: list[Member]) -> Scenario:
    tag = make_tag("回答済み")
    made = make_scenario(account, tag, steps=STEPS)
    give(tag, *friends)
    return made


@pytest.fixture
def series(scenario: Scenario, friends: list[Member]) -> list[Delivery]:
    """The first friend's three messages."""
    return list_series(friends[0])


def list_series(member: Member) -> list[Delivery]:
    return list(Delivery.objects.filter(member=member).order_by("step__delay"))


def read_times(rows: list[Delivery]) -> list[timedelta]:
    """How long after now each goes out, in whole hours."""
    now = timezone.now()
    return [HOUR * round((row.planned_at - now) / HOUR) for row in rows]
