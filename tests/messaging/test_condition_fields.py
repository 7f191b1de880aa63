from datetime import timedelta
from typing import Any

from django.utils import timezone

from members.conditions.sentences import describe_condition
from members.conditions.sql import filter_members
from members.models import Member
from messaging.models import Content, Delivery, Enrollment, LineAccount, Scenario
from tenants.models import Tenant


def names(field: str, op: str, value: Any) -> str:
    found = filter_members(
        Member.objects.all(), {"field": field, "op": op, "value": value}
    )
    return "".join(sorted(found.values_list("name", flat=True)))


def test_who_got_what_and_when(sakura: Tenant) -> None:
    account = LineAccount.objects.create(
        name="本店",
        channel_id="1",
        channel_secret="x",
        login_channel_id="2",
        liff_id="2-x",
    )
    first, second = (
        Scenario.objects.create(name=name, account=account)
        for name in ("初回", "二回目")
    )
    content, now = Content.objects.create(text="x"), timezone.now()
    for name, scenario, state, ago in (
        ("a", first, Delivery.State.SENT, 10),
        ("a", first, Delivery.State.SENT, 2),
        ("b", first, Delivery.State.SKIPPED, 1),
        ("c", second, Delivery.State.SENT, 10),
    ):
        member = Member.objects.get_or_create(name=name)[0]
        enrollment = Enrollment.objects.create(
            scenario=scenario,
            member=member,
            trigger_key=f"{name}{ago}",
            triggered_at=now,
        )
        Delivery.objects.create(
            sender=account.sender,
            enrollment=enrollment,
            member=member,
            content=content,
            state=state,
            planned_at=now,
            due_at=now,
            finished_at=now - timedelta(days=ago),
        )
    assert names("scenario", "in", [first.public_id]) == "a"
    assert names("scenario", "not_in", [first.public_id]) == "bc"
    assert (
        names("messaged_at", "from", {"days": -5}),
        names("messaged_at", "until", {"days": -5}),
    ) == ("a", "c")
    assert names("messaged_at", "empty", True) == "b"
    assert describe_condition(
        {"field": "scenario", "op": "not_in", "value": [first.public_id]}
    ) == ("ステップメッセージ（初回を受け取っていない）の会員")
