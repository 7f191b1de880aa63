"""What the move drill runs in each cell: fill it with shops, answer requests as its web server would, and work.

``python -m config.cells.client fill MEMBERS`` makes the shop that moves, and one that stays.
``… serve`` reads a request a line, "webhook N", "open N" or "answer N TICKET", and writes the status of the answer,
behind that of "open" the ticket. ``… work`` does what is due until its input ends, as the workers of the cell.
"""

import base64
import hashlib
import hmac
import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

MOVING, STAYING = "moving-shop", "staying-shop"
# Of no channel anywhere but in the simulator.
SECRET, TOKEN, FORM = "drill-secret", "drill-token", "d" * 12
HOOK = f"/p/{MOVING}/hooks/line/{'k' * 24}/"
TICKET = re.compile(r'name="ticket" value="([^"]+)"')


def build_follower_id(number: int) -> str:
    """Return the LINE user id of who follows by the webhook of this number."""
    return f"U{hashlib.sha256(f'new {number}'.encode()).hexdigest()[:32]}"


def serve_requests() -> None:
    """Answer each request with the status that its sender would get; end with the input."""
    from django.test import Client

    from forms_builder.public import context, limits

    logging.disable()  # each refusal of the pause would be a line
    # One machine answers for a crowd here.
    context.FASTEST_SECONDS = 0
    limits.OPENING = limits.ANSWERING = limits.Limit(10**6, 10**6, 10**6)
    client = Client(raise_request_exception=False)
    for line in sys.stdin:
        what, *given = line.split()
        said = REQUESTS[what](client, *given)
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


def take_webhook(client: Any, number: str) -> str:
    event = {
        "type": "follow",
        "webhookEventId": f"event-{number}",
        "timestamp": 1_790_000_000_000 + int(number),
        "source": {"type": "user", "userId": build_follower_id(int(number))},
    }
    body = json.dumps({"events": [event]}).encode()
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    answer = client.post(
        HOOK,
        body,
        content_type="application/json",
        headers={"x-line-signature": base64.b64encode(mac).decode()},
    )
    return str(answer.status_code)


def open_form(client: Any, number: str) -> str:
    answer = client.get(f"/p/{MOVING}/f/{FORM}/browser/")
    found = TICKET.search(answer.content.decode())
    return f"{answer.status_code} {found[1] if found else ''}"


def take_answer(client: Any, number: str, ticket: str) -> str:
    typed = {"ticket": ticket, "website": "", "name": f"回答 {number}", "phone": ""}
    answer = client.post(f"/p/{MOVING}/f/{FORM}/", typed)
    # A stored answer leads on to the thanks.
    return "200" if answer.status_code == 302 else str(answer.status_code)


REQUESTS: dict[str, Callable[..., str]] = {
    "webhook": take_webhook,
    "open": open_form,
    "answer": take_answer,
}


def finish_due_work() -> None:
    """Do what is due, four things at a time, until the input ends; what was begun is ended."""
    from django.db import connections

    from config.celery import app
    from tenants import wakeups

    app.loader.import_default_modules()
    wakeups.queue_next = lambda turn: None  # no broker: we look again at once
    ended = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=listen, daemon=True).start()

    def run(tenant_id: int, kind: str, subject: int) -> None:
        try:
            app.tasks[kind](tenant_id, subject)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        while not ended.wait(0.1):
            for due in wakeups.claim_due_wakeups():
                pool.submit(run, *due)


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tenants.field_keys import refuse_wrong_field_keys

    refuse_wrong_field_keys()
    if sys.argv[1] == "tell":
        return
    if sys.argv[1] == "fill":
        from config.cells.fill import fill_cell

        fill_cell(int(sys.argv[2]))
    elif sys.argv[1] == "work":
        finish_due_work()
    else:
        serve_requests()


if __name__ == "__main__":
    main()
