"""Long work step by step: killed, stopped, failed, resumed, taken back; and its pages."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from jobs import runner
from jobs.extension import JobsExtension, extend_jobs, extensions
from jobs.models import Job
from jobs.params import read_params
from jobs.tasks import CLOSED_PAUSE, continue_job
from members.models import Member
from operators.models import AuditEntry, Notice
from operators.roles import EDIT, EXPORT
from tenants.models import ClosedReason, Tenant, Wakeup
from tenants.scope import open_tenant_scope
from tenants.shops.closed import close_shop
from tests.conftest import Cast, make_cast

JOBS = "/t/sakura/jobs/"
MANY = runner.AT_ONCE + 1


@dataclass(frozen=True)
class StepParams:
    steps: int


def count_up(job: Job) -> bool:
    """Makes one member a step, so that a step that was done twice is seen."""
    Member.objects.create(name=str(job.cursor))
    job.cursor += 1
    job.done = job.cursor
    return job.cursor == read_params(job, StepParams).steps


@pytest.fixture
def kind() -> Iterator[Callable[..., None]]:
    def register(**values: Any) -> None:
        given: dict[str, Any] = {
            "title": lambda job: "数える",
            "step": count_up,
            "right": EDIT,
            "params": StepParams,
            **values,
        }
        made = runner.Kind(name="test", **given)
        extend_jobs(JobsExtension("test", kinds=lambda: [made]))

    register()
    yield register
    del extensions["test"]


def made() -> list[str]:
    return sorted(Member.objects.values_list("name", flat=True))


def start(cast: Cast, steps: int = 3, total: int = MANY) -> Job:
    return runner.start_job("test", cast.ed, StepParams(steps), total=total)


def test_small_work_is_done_at_once(sakura: Tenant, cast: Cast, kind: Any) -> None:
    job = start(cast, total=3)
    assert (job.state, job.done, made()) == ("done", 3, ["0", "1", "2"])
    assert not Wakeup.objects.filter(kind="jobs.run").exists()
    assert [e.action for e in AuditEntry.objects.order_by("id")] == [
        "job.started",
        "job.ended",
    ]


def test_large_work_waits_for_a_worker(sakura: Tenant, cast: Cast, kind: Any) -> None:
    job = start(cast)
    assert (job.state, made()) == ("waiting", [])
    assert Wakeup.objects.get(kind="jobs.run").subject == job.pk
    assert runner.run_job(job.pk) is None
    job.refresh_from_db()
    assert (job.state, job.done, made()) == ("done", 3, ["0", "1", "2"])
    assert runner.run_job(job.pk) is None and made() == [
        "0",
        "1",
        "2",
    ]  # a late or repeated wakeup does nothing


def test_in_a_closed_shop_exports_go_on_and_changes_wait(
    sakura: Tenant, cast: Cast, kind: Any
) -> None:
    job = start(cast)
    close_shop(sakura, ClosedReason.TRIAL)
    sakura.refresh_from_db()
    again = continue_job(sakura, job.pk)
    assert again and again > timezone.now() + CLOSED_PAUSE / 2
    assert made() == []
    runner.request_stop(job)
    assert continue_job(sakura, job.pk) is None
    job.refresh_from_db()
    assert (job.state, made()) == ("stopped", [])
    kind(right=EXPORT)
    assert continue_job(sakura, start(cast).pk) is None
    assert made() == ["0", "1", "2"]


class Killed(BaseException):
    """A worker that dies runs no handler."""


def test_a_killed_step_leaves_nothing_and_is_done_again(
    sakura: Tenant, cast: Cast, kind: Any
) -> None:
    dying = True

    def step(job: Job) -> bool:
        finished = count_up(job)
        if job.cursor == 2 and dying:
            raise Killed
        return finished

    kind(step=step)
    job = start(cast)
    with pytest.raises(Killed):
        runner.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.cursor, made()) == ("running", 1, ["0"])
    dying = False
    runner.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.cursor, made()) == ("done", 3, ["0", "1", "2"])


def test_a_stop_lets_the_step_finish(sakura: Tenant, cast: Cast, kind: Any) -> None:
    def step(job: Job) -> bool:
        runner.request_stop(job)
        return count_up(job)

    kind(step=step, resumable=True)
    job = start(cast)
    runner.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, made()) == ("stopped", 1, ["0"])
    kind(resumable=True)
    runner.resume_job(job)
    runner.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, made()) == ("done", 3, ["0", "1", "2"])


def notices() -> list[tuple[str, int, dict[str, str]]]:
    return list(Notice.objects.order_by("pk").values_list("kind", "operator", "data"))


def test_who_started_large_work_is_told_of_its_end(
    sakura: Tenant, cast: Cast, kind: Any
) -> None:
    start(cast, total=3)
    assert notices() == []
    runner.run_job(start(cast).pk)
    assert notices() == [
        ("job.ended", cast.ed.pk, {"job_kind": "test", "state": "done"})
    ]

    def fail(job: Job) -> bool:
        raise runner.JobFailed("x")

    kind(step=fail)
    runner.run_job(start(cast).pk)
    assert notices()[1:] == [
        ("job.failed", cast.ed.pk, {"job_kind": "test", "state": "failed"})
    ]


def test_a_job_that_cannot_go_on_says_why(
    sakura: Tenant, cast: Cast, kind: Any
) -> None:
    def step(job: Job) -> bool:
        if job.cursor:
            raise runner.JobFailed("リストがありません。もう一度貼り付けてください。")
        return count_up(job)

    kind(step=step)
    job = start(cast, total=3)
    assert (job.state, job.note) == (
        "failed",
        "リストがありません。もう一度貼り付けてください。",
    )
    assert (job.done, made()) == (1, ["0"])


def test_an_error_is_tried_again_and_given_up_in_the_end(
    sakura: Tenant, cast: Cast, kind: Any
) -> None:
    def step(job: Job) -> bool:
        raise ZeroDivisionError

    kind(step=step)
    job = start(cast)
    for _ in range(runner.MOST_FAILURES - 1):
        with pytest.raises(ZeroDivisionError):
            runner.run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "running"
    runner.run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "ZeroDivisionError" in job.note


def test_a_slice_ends_and_the_job_goes_on_later(
    sakura: Tenant, cast: Cast, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = start(cast)
    monkeypatch.setattr(runner, "SLICE_SECONDS", 0)
    assert runner.run_job(job.pk) is not None
    assert start(cast, total=3).state == "waiting"
    assert Wakeup.objects.filter(kind="jobs.run").count() == 2


def test_two_workers_on_one_job_take_turns(transactional_db: None, kind: Any) -> None:
    with transaction.atomic():
        cast = make_cast()
    with open_tenant_scope(cast.sakura), transaction.atomic():
        job = start(cast, steps=30)

    def work() -> None:
        with open_tenant_scope(cast.sakura):
            runner.run_job(job.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]
    with open_tenant_scope(cast.sakura), transaction.atomic():
        job.refresh_from_db()
        assert (job.state, job.done) == ("done", 30)
        assert made() == sorted(str(number) for number in range(30))


def test_undo_is_done_once(sakura: Tenant, cast: Cast, kind: Any) -> None:
    undone: list[int] = []
    kind(undo=lambda job: undone.append(job.pk))
    job = start(cast, total=3)
    runner.undo_job(job)
    runner.undo_job(job)
    assert undone == [job.pk]


# ---------------------------------------------------------------- pages
def test_the_list_says_what_was_done(
    sakura: Tenant, cast: Cast, kind: Any, vic: Client
) -> None:
    kind(lines=lambda job: ["3件を数えました。"])
    start(cast, total=3), start(cast)
    page = vic.get(JOBS)
    shown = [
        (row.title, row.state, row.lines, row.may_stop) for row in page.context["shown"]
    ]
    assert shown == [
        ("数える", "開始待ち", ["3件を数えました。"], False),
        ("数える", "完了", ["3件を数えました。"], False),
    ]
    assert [row.title for row in vic.get(f"{JOBS}?by=me").context["shown"]] == []


def test_the_page_asks_again_less_and_less_often(
    sakura: Tenant, cast: Cast, kind: Any, ed: Client
) -> None:
    url = f"{JOBS}{start(cast).public_id}/"
    assert "load delay:2s" in ed.get(url).content.decode()
    answer = ed.get(f"{url}?asked=40", headers={"HX-Request": "true"}).content.decode()
    assert "load delay:10s" in answer and "<html" not in answer
    assert (
        "load delay:15s"
        in ed.get(f"{url}?asked=99999", headers={"HX-Request": "true"}).content.decode()
    )


def test_quarters_and_the_end_are_announced(
    sakura: Tenant, cast: Cast, kind: Any, ed: Client
) -> None:
    job = start(cast)
    url = f"{JOBS}{job.public_id}/"

    def news(query: str) -> bool:
        return (
            'id="job-news"'
            in ed.get(f"{url}{query}", headers={"HX-Request": "true"}).content.decode()
        )

    Job.objects.update(total=100, done=30)
    assert (news("?seen=0"), news("?seen=25")) == (True, False)
    Job.objects.update(state="done")
    assert news("?seen=75")
    assert "hx-get" not in ed.get(url).content.decode()


def test_buttons_need_the_right_and_the_state(
    sakura: Tenant, cast: Cast, kind: Any, ed: Client, vic: Client
) -> None:
    job = start(cast)
    url = f"{JOBS}{job.public_id}/"
    vic.post(f"{url}stop/")
    assert Job.objects.get().stop_asked_at is None
    assert ed.post(f"{url}stop/").headers["Location"] == url
    assert Job.objects.get().stop_asked_at is not None
    runner.run_job(job.pk)
    assert Job.objects.get().state == "stopped"
    ed.post(f"{url}resume/")
    assert Job.objects.get().state == "stopped"  # this kind cannot
    kind(resumable=True)
    ed.post(f"{url}resume/")
    assert Job.objects.get().state == "waiting"


def test_undo_asks_first(sakura: Tenant, cast: Cast, kind: Any, ed: Client) -> None:
    undone: list[int] = []
    kind(
        undo=lambda job: undone.append(job.pk),
        undoable=lambda job: True,
        undo_note=lambda job: "送った分は戻りません。",
    )
    job = start(cast, total=3)
    url = f"{JOBS}{job.public_id}/"
    assert (
        "送った分は戻りません。" in ed.get(f"{url}undo/").content.decode()
        and undone == []
    )
    ed.post(f"{url}undo/")
    ed.post(f"{url}undo/")
    assert undone == [job.pk]
    assert "元に戻した日時" in ed.get(url).content.decode()


def test_the_header_counts_mine_until_i_look(
    sakura: Tenant, cast: Cast, kind: Any, ed: Client, vic: Client
) -> None:
    job = start(cast)
    start(cast, total=3)  # done at once: no news
    assert ed.get("/t/sakura/members/").context["my_jobs"] == 1
    assert vic.get("/t/sakura/members/").context["my_jobs"] == 0
    runner.run_job(job.pk)
    assert ed.get("/t/sakura/members/").context["my_jobs"] == 1
    ed.get(f"{JOBS}{job.public_id}/")
    assert ed.get("/t/sakura/members/").context["my_jobs"] == 0


def test_other_shops_jobs_are_not_there(cast: Cast, kind: Any, oscar: Client) -> None:
    with open_tenant_scope(cast.sakura):
        job = start(cast)
    assert oscar.get(f"/t/momiji/jobs/{job.public_id}/").status_code == 404
    assert list(oscar.get("/t/momiji/jobs/").context["shown"]) == []
