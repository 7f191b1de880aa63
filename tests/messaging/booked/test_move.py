"""Booked messages get another time, which is shown first."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Member
from messaging.models import Delivery, Scenario
from operators.models import AuditEntry
from tenants.models import Wakeup
from tests.conftest import Cast
from tests.messaging.booked.conftest import DAY, HOUR, list_series, read_times

BOOKED, LOG = "/t/sakura/messages/booked/", "/t/sakura/messages/log/"


def write_local(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def test_a_series_is_shifted_after_its_new_times_were_shown(
    aiko: Client, cast: Cast, series: list[Delivery], friends: list[Member]
) -> None:
    url = f"{LOG}{series[1].public_id}/move/"
    sent = {"at": write_local(timezone.now() + 5 * DAY), "whole": "1"}
    shown = aiko.post(url, {**sent, "check": "1"})
    assert [
        round((time.at - timezone.now()) / DAY) for time in shown.context["times"]
    ] == [4, 5, 6]
    assert read_times(list_series(friends[0])) == [DAY, 2 * DAY, 3 * DAY]
    aiko.post(url, {**sent, "confirm": "1"})
    found = list_series(friends[0])
    assert read_times(found) == [4 * DAY, 5 * DAY, 6 * DAY]
    assert [row.due_at for row in found] == [row.planned_at for row in found]
    assert {row.changed_by for row in found} == {cast.aiko}
    assert read_times(list_series(friends[1])) == [DAY, 2 * DAY, 3 * DAY]
    entry = AuditEntry.objects.get(action="delivery.moved")
    assert (entry.operator, entry.data["n"], entry.data["whole"]) == (
        cast.aiko,
        3,
        True,
    )


def test_one_is_moved_alone_and_its_sender_is_woken(
    aiko: Client, series: list[Delivery], friends: list[Member]
) -> None:
    Wakeup.objects.filter(kind="messaging.dispatch").delete()
    at = timezone.now() + 2 * HOUR
    url = f"{LOG}{series[2].public_id}/move/"
    aiko.post(url, {"at": write_local(at), "whole": "", "confirm": "1"})
    assert read_times(list_series(friends[0])) == [DAY, 2 * DAY, 2 * HOUR]
    moved = Delivery.objects.get(pk=series[2].pk)
    wakeup = Wakeup.objects.get(kind="messaging.dispatch")
    assert (wakeup.subject, wakeup.due_at) == (moved.sender_id, moved.due_at)


@pytest.mark.parametrize("at", ["", "nonsense", "2020-01-01T10:00", "2999-01-01T10:00"])
def test_times_that_nobody_can_mean(
    aiko: Client, series: list[Delivery], at: str
) -> None:
    url = f"{LOG}{series[0].public_id}/move/"
    answer = aiko.post(url, {"at": at, "whole": "", "confirm": "1"})
    assert (answer.status_code, bool(answer.context["form"].errors["at"])) == (
        422,
        True,
    )
    assert Delivery.objects.get(pk=series[0].pk).planned_at == series[0].planned_at


def test_a_series_whose_first_would_be_past_is_refused(
    aiko: Client, series: list[Delivery], friends: list[Member]
) -> None:
    url = f"{LOG}{series[2].public_id}/move/"
    sent = {"at": write_local(timezone.now() + HOUR), "whole": "1", "confirm": "1"}
    assert aiko.post(url, sent).status_code == 422
    assert read_times(list_series(friends[0])) == [DAY, 2 * DAY, 3 * DAY]


def test_the_send_window_holds_and_is_said(
    aiko: Client, scenario: Scenario, series: list[Delivery]
) -> None:
    Scenario.objects.update(send_from="10:00", send_until="18:00")
    day = timezone.localtime() + 3 * DAY
    night = day.replace(hour=22, minute=0, second=0, microsecond=0)
    url = f"{LOG}{series[0].public_id}/move/"
    sent = {"at": write_local(night), "whole": ""}
    assert "送信時間帯により移動" in aiko.post(url, sent).content.decode()
    aiko.post(url, {**sent, "confirm": "1"})
    found = Delivery.objects.get(pk=series[0].pk)
    assert (found.planned_at, found.moved_from) == (night + 12 * HOUR, night)


def test_what_is_held_or_parked_is_decided_again(
    aiko: Client, series: list[Delivery]
) -> None:
    Delivery.objects.filter(pk=series[0].pk).update(state=8, reason="off")
    url = f"{LOG}{series[0].public_id}/move/"
    aiko.post(url, {"at": write_local(timezone.now() + 5 * DAY), "confirm": "1"})
    found = Delivery.objects.get(pk=series[0].pk)
    assert (found.state, found.reason) == (0, "")


@pytest.mark.parametrize(
    ("sent", "times"),
    [
        ({"way": "later", "number": "2", "unit": "days"}, [3 * DAY, 4 * DAY, 5 * DAY]),
        ({"way": "earlier", "number": "3", "unit": "hours"}, [21 * HOUR, 45 * HOUR, 69 * HOUR]),
        # What would land in the past stays.
        ({"way": "earlier", "number": "36", "unit": "hours"}, [DAY, 12 * HOUR, 36 * HOUR]),
    ],
)  # fmt: skip
def test_many_are_shifted(
    aiko: Client,
    series: list[Delivery],
    friends: list[Member],
    sent: dict[str, str],
    times: list[timedelta],
) -> None:
    given = {"scope": "all", **sent}
    asked = aiko.post(f"{BOOKED}move/", {"scope": "all"})
    assert "予約中の6件の予定を変更します。" in asked.content.decode()
    shown = aiko.post(f"{BOOKED}move/", {**given, "check": "1"})
    assert len(shown.context["times"]) == 5
    assert read_times(list_series(friends[0])) == [DAY, 2 * DAY, 3 * DAY]
    aiko.post(f"{BOOKED}move/", {**given, "confirm": "1"})
    for member in friends:
        assert read_times(list_series(member)) == times


def test_many_are_set_to_one_time(
    aiko: Client, series: list[Delivery], friends: list[Member]
) -> None:
    at = timezone.now() + 7 * DAY
    ids = [str(row.public_id) for row in series]
    sent = {"ids": ids, "way": "at", "at": write_local(at), "confirm": "1"}
    aiko.post(f"{BOOKED}move/", sent)
    assert read_times(list_series(friends[0])) == [7 * DAY] * 3
    assert read_times(list_series(friends[1])) == [DAY, 2 * DAY, 3 * DAY]
