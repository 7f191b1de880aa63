from datetime import datetime

from members.imports.read import upload
from members.segments import membership_log
from members.valuelists import cleanup
from tenants.models import Tenant
from tenants.wakeups import woken


@woken("members.tidy")
def run_search_cleanup(tenant: Tenant, subject: int) -> datetime | None:
    return cleanup.delete_old_searches()


@woken("members.import_tidy")
def run_import_cleanup(tenant: Tenant, import_id: int) -> datetime | None:
    return upload.clean_up_import(import_id)


@woken("members.segments")
def run_membership_log(tenant: Tenant, subject: int) -> datetime | None:
    return membership_log.record_all_memberships()
