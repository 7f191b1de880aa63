"""What a wakeup runs."""

from datetime import datetime

from rpa.offers.offer import OFFER, end_offer
from rpa.requests.receive import TIDY
from rpa.requests.retention import delete_old_evidence
from rpa.requests.work import work_request
from rpa.robot.wake import BROWSE, WORK
from rpa.robot.work_queue import work_queue
from tenants.models import Tenant
from tenants.scope import act_as
from tenants.wakeups import woken


@woken(WORK)
def run_work(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "cart"):
        return work_request(tenant, subject)


@woken(BROWSE)
def run_browse(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "cart"):
        return work_queue(tenant, subject)


@woken(OFFER)
def run_offer(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "form"):
        return end_offer(tenant, subject)


@woken(TIDY)
def run_tidy(tenant: Tenant, subject: int) -> datetime | None:
    return delete_old_evidence()
