"""Run one sender process of the benchmark: `-m bench.messages.sender <tenant> <sender>` prints its begin and end."""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import transaction  # noqa: E402  (models need the apps)

from messaging.deliveries.sender import dispatch_deliveries  # noqa: E402
from messaging.models import Delivery, Sender  # noqa: E402
from tenants.scope import open_tenant_scope  # noqa: E402


def main(tenant_id: int, sender_id: int) -> None:
    with open_tenant_scope(tenant_id):
        with transaction.atomic():
            sender = Sender.objects.with_accounts().get(pk=sender_id)
        started, waiting = time.time(), True
        while waiting:
            dispatch_deliveries(sender)
            with transaction.atomic():
                waiting = Delivery.objects.filter(
                    sender=sender, state__in=(0, 1)
                ).exists()
        print(started, time.time())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
