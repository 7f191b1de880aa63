"""配信の推移: each number is that of the log, and the chart's heights follow; drop-off per message."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Member, Visit
from messaging.content.make import make_mail_content, make_text_content
from messaging.models import Delivery, Enrollment, LineAccount
from messaging.results.per_day import (
    HEIGHT,
    ChannelDays,
    DayCounts,
    count_days,
    draw_channel,
)
from messaging.scenarios.progress import count_reach
from messaging.schedule.due import get_shop_zone
from sandbox.serving import Sandbox
from tests.messaging.conftest import make_mail_account, make_scenario

DAY = date(2026, 11, 10)
BASE = "/t/sakura"


def url(name: str, *args: str) -> str:
    return BASE + reverse(f"messaging:{name}", args=args, urlconf="config.urls_console")


def put(
    account: LineAccount, hours: float, state: int, channel: str = "line"
) -> Delivery:
    """A delivery so many hours after the day began in the shop, as it ended half an hour later."""
    start = datetime.combine(DAY, datetime.min.time(), get_shop_zone())
    at = start + timedelta(hours=hours)
    mail = channel == "mail"
    member = Member.objects.create(email="a@example.jp", line_state="friend")
    content = make_mail_content("件名", "本文") if mail else make_text_content("文")
    made: Delivery = Delivery.objects.create(
        sender=account.sender,
        channel=channel,
        member=member,
        content=content,
        state=state,
        planned_at=at,
        due_at=at,
        finished_at=at + timedelta(minutes=30),
    )
    return made


@pytest.fixture
def gone(account: LineAccount, line: Sandbox) -> None:
    """Two days by LINE and one by mail, around midnights of the shop."""
    mail = make_mail_account(line)
    rows = [put(account, hours, 2) for hours in (-0.1, 0, 23.9, 24, 30)]
    put(account, 5, 4), put(account, 6, 3), put(account, 47.9, 4), put(account, 48, 2)
    put(mail, 10, 2, "mail")
    for row, days in zip(rows, (1, 6.9, 7.1, -1, 3), strict=True):
        at = row.finished_at + timedelta(days=days)
        Visit.objects.create(member=row.member, at=at, kind="message", key=f"{row.pk}")


def test_each_day_is_counted_in_the_shops_zone(gone: None) -> None:
    found = {each.channel: each.days for each in count_days(DAY, DAY + timedelta(1))}
    assert found == {
        "line": [DayCounts(DAY, 2, 1, 1), DayCounts(DAY + timedelta(1), 2, 1, 1)],
        "mail": [DayCounts(DAY, 1, 0, 0), DayCounts(DAY + timedelta(1))],
    }


def test_the_numbers_open_their_rows(gone: None, vic: Client) -> None:
    asked = {"first": "2026-11-10", "last": "2026-11-11"}
    page = vic.get(url("days"), asked)
    shown = page.content.decode()
    assert [each["found"].channel for each in page.context["channels"]] == [
        "line",
        "mail",
    ]
    for state, number in (("sent", 2), ("failed", 1)):
        query = {
            "channel": "line",
            "state": state,
            "planned_from": "2026-11-10",
            "planned_until": "2026-11-10",
        }
        assert "&amp;".join(f"{key}={value}" for key, value in query.items()) in shown
        assert len(vic.get(url("deliveries"), query).context["page"].rows) == number


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-11-11", "2026-11-10", "first"),
        ("2026-01-01", "2026-11-10", "last"),
        ("nonsense", "2026-11-10", "first"),
    ],
)
def test_a_wrong_period_is_said(
    gone: None, vic: Client, first: str, last: str, field: str
) -> None:
    page = vic.get(url("days"), {"first": first, "last": last})
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])


def test_the_bars_stand_on_each_other() -> None:
    days = [
        DayCounts(DAY, 60, 30, 20),
        DayCounts(DAY, 0, 0, 0),
        DayCounts(DAY, 1, 0, 0),
    ]
    chart = draw_channel(ChannelDays("line", "LINE", days))
    full, empty, small = chart.bars
    assert (full.sent_height, full.reacted_height, full.failed_height) == (120, 60, 40)
    assert (full.sent_y, full.reacted_y, full.failed_y) == (
        HEIGHT - 120,
        HEIGHT - 60,
        0,
    )
    assert (empty.sent_height, empty.failed_height, small.sent_height) == (0, 0, 2)
    assert chart.lines == [(0, 80), (HEIGHT, 0)]


def test_drop_off_per_message(account: LineAccount, vic: Client) -> None:
    scenario = make_scenario(
        account, steps=[(timedelta(days=n), f"{n}通目") for n in range(3)]
    )
    steps = list(scenario.steps.in_order())
    states = [(2, 2, 2), (2, 2, 0), (2, 5, 5), (2, 3, 4)]
    for number, run in enumerate(states):
        member = Member.objects.create(line_user_id=f"U{number:032}")
        enrollment = Enrollment.objects.create(
            scenario=scenario,
            member=member,
            trigger_key="a",
            triggered_at="2026-11-10T00:00Z",
        )
        for step, state in zip(steps, run, strict=True):
            Delivery.objects.create(
                sender=account.sender,
                member=member,
                enrollment=enrollment,
                step=step,
                content=step.content,
                state=state,
                planned_at="2026-11-10T00:00Z",
                due_at="2026-11-10T00:00Z",
            )
    refused = Member.objects.create(line_user_id=f"U{9:032}")
    Enrollment.objects.create(
        scenario=scenario,
        member=refused,
        trigger_key="a",
        triggered_at="2026-11-10T00:00Z",
        refused="once",
    )
    found = count_reach(scenario, steps)
    assert [(row.sent, row.waiting, row.percent, row.lost) for row in found] == [
        (4, 0, 100, 0),
        (2, 0, 50, 50),
        (1, 1, 25, 25),
    ]
    page = vic.get(url("people", scenario.public_id)).content.decode()
    for row in found:
        query = {"step": row.step.public_id, "state": "sent"}
        assert f"?step={row.step.public_id}&amp;state=sent" in page
        assert len(vic.get(url("deliveries"), query).context["page"].rows) == row.sent
