"""The Celery app. The one beat entry only asks the database what is due."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("tsunagi")
app.config_from_object("config.settings:CELERY")
app.autodiscover_tasks()


@beat_init.connect
@worker_init.connect
def make_files_private(**kwargs: object) -> None:
    """Let nobody else read what is written below var/."""
    os.umask(0o077)


@worker_init.connect
def refuse_to_bypass(**kwargs: object) -> None:
    from django.db import connection  # the apps are not loaded when this module is

    from tenants.checks import refuse_bypassing_role
    from tenants.field_keys import refuse_wrong_field_keys

    refuse_bypassing_role()
    refuse_wrong_field_keys()
    connection.close()  # the pool's children must not share it


@worker_init.connect
def announce_missing_browser(sender: Any = None, **kwargs: object) -> None:
    """Say once what to install, where this worker is the one that needs a browser."""
    from rpa.browser.chromium import ADVICE, find_chromium

    if "browser" in sender.app.amqp.queues.consume_from and find_chromium() is None:
        print(ADVICE, file=sys.stderr, flush=True)  # noqa: T201


@worker_init.connect
def import_shared_modules(**kwargs: object) -> None:
    import linebot.v3.messaging  # noqa: F401 – 40 MB and a second, once instead of in each of them
