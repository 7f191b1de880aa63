"""Browser workers that SIGKILL ends: `python -m tests.rpa.browser.killed DATABASE SHOP CART POINT …`, one a point.

Each is a child of this process, which has Django and Playwright ready, and no connection or thread when they part.
"""

import json
import os
import signal
import sys
import traceback

import django
import playwright.sync_api  # noqa: F401  (once, not in each worker)

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from outbound import faultpoints  # noqa: E402
from rpa.executors import browser  # noqa: E402
from rpa.robot.work_queue import work_queue  # noqa: E402
from tenants.models import Tenant  # noqa: E402
from tenants.scope import act_as, open_tenant_scope  # noqa: E402


def main(database: str, shop: str, cart: str, *points: str) -> None:
    connection.settings_dict |= {"NAME": database, "USER": settings.APP_ROLE}
    browser.READ_BACK = (0,)
    statuses = {point: run_worker(int(shop), int(cart), point) for point in points}
    print(json.dumps(statuses))


def run_worker(shop: int, cart: int, point: str) -> int:
    """Return how the worker ended: -9 where it got as far as the point."""
    child = os.fork()
    if not child:
        try:
            work(shop, cart, point)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def work(shop: int, cart: int, point: str) -> None:
    def kill(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    faultpoints.hook = kill
    tenant = Tenant.objects.get(pk=shop)
    with open_tenant_scope(tenant), act_as(None, "cart"):
        work_queue(tenant, cart)


if __name__ == "__main__":
    main(*sys.argv[1:])
