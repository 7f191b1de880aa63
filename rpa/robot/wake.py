"""Who works on a request: a worker by API, or the browser worker, which has one queue for each cart login."""

from datetime import datetime

from rpa.executors.kinds import BROWSER, choose_way
from rpa.models import CancellationRequest
from tenants.scope import get_current_tenant_id
from tenants.wakeups import wake

WORK, BROWSE = "rpa.work", "rpa.browse"


def wake_request(request: CancellationRequest, at: datetime | None = None) -> None:
    """Have the request worked on, by whichever way its cart goes."""
    if choose_way(request.cart) == BROWSER:
        wake(get_current_tenant_id(), BROWSE, at=at, subject=request.cart_id)
    else:
        wake(get_current_tenant_id(), WORK, at=at, subject=request.pk)
