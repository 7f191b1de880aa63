from datetime import datetime

from members.imports.read import upload
from members.segments import membership_log
from members.valuelists import cleanup
from tenants.models import Tenant
from tenants.wakeups import woken


@woken("members.tidy")
def tidy(tenant: Tenant, subject: int) -> datetime | None:
    return cleanup.tidy()


@woken("members.import_tidy")
def import_tidy(tenant: Tenant, import_id: int) -> datetime | None:
    return upload.tidy(import_id)


@woken("members.segments")
def note_segments(tenant: Tenant, subject: int) -> datetime | None:
    return membership_log.note_all()
