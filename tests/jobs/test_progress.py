"""A long step says how far it is and hears when it is to stop."""

import pytest

from jobs import runner
from jobs.models import Job
from jobs.progress import JobStopped, ProgressReporter
from tenants.models import Tenant
from tests.conftest import Cast


def test_how_far_it_is_and_when_to_stop(sakura: Tenant, cast: Cast) -> None:
    job = Job.objects.create(kind="test", operator=cast.aiko, total=10)
    watch = ProgressReporter(job)
    watch.tick(4)
    assert (watch.report_progress(), Job.objects.get().done) == (False, 4)
    runner.request_stop(job)
    watch.stop = watch.report_progress()
    with pytest.raises(JobStopped):
        watch.tick(1)
