"""Everybody who is in at the first start comes in part by part, each once, and a stop leaves the rest out."""

from collections import Counter

import pytest
from django.test import Client

from jobs import runner
from jobs.models import Job
from members.models import Member, Tag
from messaging.models import Delivery, Enrollment, LineAccount, Scenario
from messaging.scenarios import enrol_job, manage
from tests.messaging.booked.test_jobs import run_parts
from tests.messaging.conftest import give, make_scenario, make_tag


@pytest.fixture
def tag(account: LineAccount, monkeypatch: pytest.MonkeyPatch) -> Tag:
    monkeypatch.setattr(enrol_job, "PART", 3)
    return make_tag("回答済み")


@pytest.fixture
def scenario(account: LineAccount, tag: Tag) -> Scenario:
    return make_scenario(account, tag, is_on=False)


def make_tagged(tag: Tag, count: int, first: int = 0) -> list[Member]:
    members = [
        Member.objects.create(line_user_id=f"U{n:032}", line_state="friend")
        for n in range(first, first + count)
    ]
    give(tag, *members)
    return members


def start(ed: Client, scenario: Scenario) -> Job:
    """Switch it on for everybody, as if they were too many to be done at once."""
    path = f"/t/sakura/messages/steps/{scenario.public_id}/switch/"
    assert ed.post(path, {"decided": "1", "missed": "all"}).status_code == 302
    scenario.refresh_from_db()
    assert scenario.is_on
    return Job.objects.get()


def runs(scenario: Scenario) -> Counter[int]:
    rows = Enrollment.objects.filter(scenario=scenario)
    return Counter(rows.values_list("member_id", flat=True))


def test_few_come_in_at_once(ed: Client, scenario: Scenario, tag: Tag) -> None:
    members = make_tagged(tag, 7)
    job = start(ed, scenario)
    assert (job.state, job.done, job.result["begun"]) == ("done", 7, 7)
    assert runs(scenario) == {member.pk: 1 for member in members}
    assert Delivery.objects.filter(enrollment__scenario=scenario).count() == 7


def test_many_come_in_part_by_part(
    ed: Client, scenario: Scenario, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    members = make_tagged(tag, 8)
    job = start(ed, scenario)
    assert (job.state, job.total, runs(scenario)) == ("waiting", 8, Counter())
    assert runner.run_next_step(job.pk) is False
    # Meanwhile one comes in by a trigger: who came later does so once, by that alone.
    late = make_tagged(tag, 1, first=50)
    job = run_parts(job)
    assert (job.state, job.result["begun"]) == ("done", 8)
    assert runs(scenario) == {member.pk: 1 for member in [*members, *late]}


def test_a_stop_leaves_the_rest_out(
    ed: Client, scenario: Scenario, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    members = make_tagged(tag, 8)
    job = start(ed, scenario)
    runner.run_next_step(job.pk)
    ed.post(f"/t/sakura/jobs/{job.public_id}/stop/")
    job = run_parts(job)
    assert (job.state, runs(scenario).total()) == ("stopped", 3)
    assert set(runs(scenario)) == {member.pk for member in members[:3]}


def test_switched_off_meanwhile_nobody_comes_in(
    ed: Client, scenario: Scenario, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    make_tagged(tag, 8)
    job = start(ed, scenario)
    runner.run_next_step(job.pk)
    manage.switch_scenario_off(scenario)
    job = run_parts(job)
    assert (job.state, job.result["begun"], runs(scenario).total()) == ("done", 3, 3)
    assert enrol_job.describe_enrolled(job)[1:] == [
        "ステップメッセージがオフになったため、残りの会員には始めていません。"
    ]
