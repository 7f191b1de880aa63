"""Run by test_killing.py in a process of its own: sends, and is killed by SIGKILL at a named point.

usage: killed_sender.py DATABASE TENANT SENDER POINT COUNT LINE_URL
"""

import os
import signal
import sys

import django

database, tenant_id, sender_id, point, count, line_url = sys.argv[1:]
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from messaging.deliveries import sender  # noqa: E402
from messaging.models import Sender  # noqa: E402
from outbound import faultpoints  # noqa: E402
from tenants.scope import open_tenant_scope  # noqa: E402

connection.settings_dict["NAME"] = database
settings.LINE_API_URL = line_url
settings.LINE_PUSH_PER_SECOND = 20_000
left = int(count)


def die(name: str) -> None:
    global left
    left -= name == point
    if left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


faultpoints.hook = die
with open_tenant_scope(int(tenant_id)):
    with transaction.atomic():
        found = Sender.objects.with_accounts().get(pk=sender_id)
    sender.dispatch_deliveries(found, 20)
