"""Many at once: in parts, in the order of their times, each once, whatever moves in between."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import runner
from jobs.models import Job
from messaging.booked import jobs
from messaging.booked.rows import BookedParams, find_last_number
from messaging.content.make import make_text_content
from messaging.models import Delivery, LineAccount
from operators.models import Operator
from tests.conftest import Cast

HOUR = timedelta(hours=1)


@pytest.fixture
def rows(account: LineAccount, monkeypatch: pytest.MonkeyPatch) -> list[Delivery]:
    """Twelve, some at one moment, worked on in parts of three."""
    monkeypatch.setattr(jobs, "CANCEL_PART", 3)
    monkeypatch.setattr(jobs, "MOVE_PART", 3)
    start = timezone.now() + 24 * HOUR
    content = make_text_content("文")
    found = []
    for hours in (5, 1, 1, 1, 1, 1, 2, 9, 3, 3, 4, 8):
        at = start + hours * HOUR
        found.append(
            Delivery.objects.create(
                sender=account.sender,
                source=1,
                content=content,
                address="U1",
                planned_at=at,
                due_at=at,
            )
        )
    return found


def mean_all() -> dict[str, object]:
    return {"last": find_last_number(), "wish": {"source": "1"}}


def run_parts(job: Job) -> Job:
    while not runner.run_next_step(job.pk):
        pass
    return Job.objects.get(pk=job.pk)


def start(kind: str, operator: Operator, params: BookedParams) -> Job:
    return runner.start_job(kind, operator, params, runner.AT_ONCE + 1)


@pytest.mark.parametrize("hours", [1, -1, 30, 100])
def test_each_is_moved_once(cast: Cast, rows: list[Delivery], hours: int) -> None:
    params = jobs.MoveParams(**mean_all(), seconds=hours * 3600)
    job = run_parts(start("deliveries.move", cast.aiko, params))
    assert (job.state, job.done, job.result["changed"]) == ("done", 12, 12)
    found = {row.pk: row.planned_at for row in Delivery.objects.all()}
    assert found == {row.pk: row.planned_at + hours * HOUR for row in rows}
    assert set(Delivery.objects.values_list("changed_by", flat=True)) == {cast.aiko.pk}


def test_what_goes_out_or_comes_in_meanwhile_is_left_alone(
    cast: Cast, rows: list[Delivery]
) -> None:
    job = start("deliveries.cancel", cast.aiko, BookedParams(**mean_all()))
    assert runner.run_next_step(job.pk) is False
    Delivery.objects.filter(pk=rows[0].pk).update(state=2)
    late = Delivery.objects.create(
        sender=rows[0].sender,
        source=1,
        content=rows[0].content,
        address="U2",
        planned_at=rows[0].planned_at,
        due_at=rows[0].due_at,
    )
    job = run_parts(job)
    assert job.result["changed"] == 11
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {row.pk: 5 for row in rows} | {rows[0].pk: 2, late.pk: 0}


def test_a_stop_leaves_the_rest(cast: Cast, rows: list[Delivery]) -> None:
    job = start("deliveries.cancel", cast.aiko, BookedParams(**mean_all()))
    runner.run_next_step(job.pk)
    runner.request_stop(job)
    run_parts(job)
    assert Delivery.objects.filter(state=5).count() == 3
