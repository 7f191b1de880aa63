"""Booked messages are cancelled: one, a series, many; what has gone stays."""

from uuid import uuid4

import pytest
from django.test import Client

from members.models import Member
from messaging.models import Delivery, Enrollment, Scenario
from operators.models import AuditEntry
from tests.conftest import Cast
from tests.messaging.booked.conftest import list_series

BOOKED, LOG = "/t/sakura/messages/booked/", "/t/sakura/messages/log/"
CANCELLED = (5, "by_operator")


def list_states(rows: list[Delivery]) -> list[tuple[int, str]]:
    return [(row.state, row.reason) for row in rows]


def test_one_is_cancelled_by_name(
    aiko: Client, cast: Cast, series: list[Delivery], friends: list[Member]
) -> None:
    url = f"{LOG}{series[1].public_id}/cancel/"
    page = aiko.get(url).content.decode()
    assert "このシリーズの予約中は、全部で3件です。" in page
    assert list_states(list_series(friends[0])) == [(0, "")] * 3
    aiko.post(url)
    found = list_series(friends[0])
    assert list_states(found) == [(0, ""), CANCELLED, (0, "")]
    assert found[1].changed_by == cast.aiko
    assert found[1].finished_at == found[1].changed_at
    entry = AuditEntry.objects.get(action="delivery.cancelled")
    assert (entry.operator, entry.data) == (cast.aiko, {"n": 1, "whole": False})
    assert Enrollment.objects.get(member=friends[0]).ended_at is None


def test_the_rest_of_a_series_ends_the_run(
    aiko: Client, series: list[Delivery], friends: list[Member]
) -> None:
    Delivery.objects.filter(pk=series[0].pk).update(state=2)
    aiko.post(f"{LOG}{series[1].public_id}/cancel/", {"whole": "1"})
    assert list_states(list_series(friends[0])) == [(2, ""), CANCELLED, CANCELLED]
    assert list_states(list_series(friends[1])) == [(0, "")] * 3
    run = Enrollment.objects.get(member=friends[0])
    assert (run.ended_why, run.ended_at is None) == ("by_operator", False)


@pytest.mark.parametrize("state", [1, 2, 3, 4, 5, 6])
def test_what_is_no_longer_booked_stays_as_it_is(
    aiko: Client, series: list[Delivery], state: int
) -> None:
    Delivery.objects.filter(pk=series[0].pk).update(state=state)
    for verb in ("cancel", "move"):
        answer = aiko.post(f"{LOG}{series[0].public_id}/{verb}/", follow=True)
        assert "もう予約中ではありません" in answer.content.decode()
    assert Delivery.objects.get(pk=series[0].pk).state == state


@pytest.mark.parametrize("state", [0, 7, 8])
def test_held_and_parked_ones_can_be_cancelled(
    aiko: Client, series: list[Delivery], state: int
) -> None:
    Delivery.objects.filter(pk=series[0].pk).update(state=state, reason="x")
    aiko.post(f"{LOG}{series[0].public_id}/cancel/")
    found = Delivery.objects.get(pk=series[0].pk)
    assert (found.state, found.reason) == CANCELLED


def test_who_may_not_send_may_not_cancel(
    vic: Client, oscar: Client, series: list[Delivery]
) -> None:
    url = f"{LOG}{series[0].public_id}/cancel/"
    assert vic.post(url).status_code == 403
    assert (
        vic.post(f"{BOOKED}cancel/", {"ids": [series[0].public_id]}).status_code == 403
    )
    assert oscar.post(url).status_code == 404
    assert Delivery.objects.filter(state=5).count() == 0


def test_ticked_ones_are_cancelled_after_a_question(
    aiko: Client, series: list[Delivery], friends: list[Member]
) -> None:
    ids = [str(series[0].public_id), str(series[2].public_id), "nonsense", str(uuid4())]
    asked = aiko.post(f"{BOOKED}cancel/", {"ids": ids}).content.decode()
    assert "予約中の2件を取り消しますか？" in asked
    assert Delivery.objects.filter(state=5).count() == 0
    aiko.post(f"{BOOKED}cancel/", {"ids": ids, "confirm": "1"})
    assert list_states(list_series(friends[0])) == [CANCELLED, (0, ""), CANCELLED]


def test_nothing_ticked_means_nothing(aiko: Client, series: list[Delivery]) -> None:
    for ids in ([], ["nonsense"], [str(uuid4())]):
        sent = {"ids": ids, "confirm": "1"}
        page = aiko.post(f"{BOOKED}cancel/", sent, follow=True).content.decode()
        assert "一覧で選び直してください" in page
    assert Delivery.objects.filter(state=5).count() == 0


def test_all_that_a_filter_finds_are_cancelled_and_no_later_ones(
    aiko: Client, scenario: Scenario, series: list[Delivery]
) -> None:
    other = Delivery.objects.create(
        sender=scenario.account.sender,
        source=4,
        content=series[0].content,
        address="U1",
        planned_at=series[0].planned_at,
        due_at=series[0].due_at,
    )
    url = f"{BOOKED}cancel/?scenario={scenario.public_id}"
    answer = aiko.post(url, {"scope": "all"})
    assert "予約中の6件を取り消しますか？" in answer.content.decode()
    last = answer.context["chosen"].fields["last"]
    assert last == other.pk
    Delivery.objects.filter(pk=series[0].pk).update(
        enrollment=None, step=None
    )  # booked outside the scenario
    aiko.post(url, {"scope": "all", "last": last - 1, "confirm": "1"})
    assert Delivery.objects.filter(state=5).count() == 5
    assert Delivery.objects.get(pk=other.pk).state == 0


def test_an_odd_filter_cancels_nothing(aiko: Client, series: list[Delivery]) -> None:
    for query in (
        "?state=nonsense",
        "?planned_from=2026-02-31",
        "?scenario=nobody",
        "?s=forgotten",
    ):
        aiko.post(f"{BOOKED}cancel/{query}", {"scope": "all", "confirm": "1"})
    assert Delivery.objects.filter(state=5).count() == 0
