"""The plain-library way to push: a Celery task for each message, line-bot-sdk in it, a row marked afterwards."""

import os
import uuid

import django
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from linebot.v3.messaging import (  # noqa: E402
    ApiClient,
    Configuration,
    MessagingApi,
    PushMessageRequest,
    TextMessage,
)

app = Celery("plain", broker=settings.CELERY["broker_url"])
app.conf.update(task_ignore_result=True, task_acks_late=True)
clients: dict[int, MessagingApi] = {}


@app.task(name="plain.push")
def push(user_id: str, number: int) -> None:
    key = os.getpid()
    if key not in clients:
        clients[key] = MessagingApi(
            ApiClient(
                Configuration(host=os.environ["BENCH_LINE_URL"], access_token="t1")
            )
        )
    request = PushMessageRequest(
        to=user_id, messages=[TextMessage(text="会員様、こんにちは。")]
    )
    clients[key].push_message(
        request, x_line_retry_key=str(uuid.uuid4()), _request_timeout=10
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tenants_wakeup SET failures = 0 WHERE tenant_id = 0 AND kind = 'push' AND subject = %s",
            [number],
        )
