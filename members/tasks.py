from datetime import datetime

from members import tidying, watching
from members.importing import keeping
from tenants.models import Tenant
from tenants.waking import woken


@woken("members.tidy")
def tidy(tenant: Tenant, subject: int) -> datetime | None:
    return tidying.tidy()


@woken("members.import_tidy")
def import_tidy(tenant: Tenant, import_id: int) -> datetime | None:
    return keeping.tidy(import_id)


@woken("members.segments")
def note_segments(tenant: Tenant, subject: int) -> datetime | None:
    return watching.note_all()
