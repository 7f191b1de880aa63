"""A browser worker that SIGKILL ends: `python -m tests.rpa.browser.killed DATABASE SHOP CART POINT`."""

import os
import signal
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from cartsync.connectors import ecforce  # noqa: E402
from outbound import faultpoints  # noqa: E402
from rpa.robot.work_queue import work_queue  # noqa: E402
from tenants.models import Tenant  # noqa: E402
from tenants.scope import act_as, open_tenant_scope  # noqa: E402


def main(database: str, shop: str, cart: str, point: str) -> None:
    connection.settings_dict |= {"NAME": database, "USER": settings.APP_ROLE}
    ecforce.READ_BACK = (0,)

    def kill(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    faultpoints.hook = kill
    tenant = Tenant.objects.get(pk=int(shop))
    with open_tenant_scope(tenant), act_as(None, "cart"):
        work_queue(tenant, int(cart))


if __name__ == "__main__":
    main(*sys.argv[1:])
