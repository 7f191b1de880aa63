"""What the move drill runs in each cell: fill it with shops, and answer requests one a line as its web server would.

``python -m config.cells.client fill MEMBERS`` makes the shop that moves, and one that stays.
``python -m config.cells.client serve`` reads the number of an event from each line, takes it in as a webhook from LINE,
and writes the status of the answer.
"""

import base64
import hashlib
import hmac
import json
import os
import sys

MOVING, STAYING = "moving-shop", "staying-shop"
# Of no channel anywhere.
SECRET, TOKEN = "drill-secret", "drill-token"
MEMBERS = """
INSERT INTO members_member (tenant_id, public_id, name, name_key, email, email_key, phone, phone_e164, line_user_id,
    line_name, line_picture, line_state, link_state, known_by, line_optout_by, mail_optout_by, cart_state, created_at)
SELECT %(tenant)s, 'm' || lpad(n::text, 11, '0'), '会員' || n, '会員' || n, n || '@example.jp', n || '@example.jp',
    '', '', 'U' || md5(n::text), '', '', 'friend', 'unanswered', '', '', '', '', now()
FROM generate_series(1, %(count)s) n
"""


def fill_cell(members: int) -> None:
    """Make both shops, each with so many members, a LINE account and an owner."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.db import connection, transaction

    from messaging.models import LineAccount
    from operators.models import Operator, Seat
    from tenants.scope import open_tenant_scope
    from tenants.shops.open import open_shop

    for slug in (MOVING, STAYING):
        shop = open_shop(slug, slug)
        with transaction.atomic(), open_tenant_scope(shop):
            owner = Operator.objects.create_operator(f"{slug}-owner", "drill", name="A")
            Seat.objects.create(operator=owner, role="owner")
            LineAccount.objects.create(
                name="drill",
                channel_id="1",
                channel_secret=SECRET,
                access_token=TOKEN,
                login_channel_id="2",
                liff_id="2-a",
                webhook_key="k" * 24,
            )
            with connection.cursor() as cursor:
                cursor.execute(MEMBERS, {"tenant": shop.pk, "count": members})
        default_storage.save(f"exports/{shop.pk}/kept.bin", ContentFile(b"kept"))


def serve_events() -> None:
    """Answer each event with the status that LINE would get; end with the input."""
    from django.test import Client

    client = Client(raise_request_exception=False)
    for line in sys.stdin:
        sys.stdout.write(f"{take_event(client, int(line))}\n")
        sys.stdout.flush()


def take_event(client: object, number: int) -> int:
    event = {
        "type": "follow",
        "webhookEventId": f"event-{number}",
        "timestamp": 1_790_000_000_000 + number,
        "source": {
            "type": "user",
            "userId": f"U{hashlib.sha256(f'new {number}'.encode()).hexdigest()[:32]}",
        },
    }
    body = json.dumps({"events": [event]}).encode()
    mac = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    answer = client.post(  # type: ignore[attr-defined]
        f"/p/{MOVING}/hooks/line/{'k' * 24}/",
        body,
        content_type="application/json",
        headers={"x-line-signature": base64.b64encode(mac).decode()},
    )
    return int(answer.status_code)


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if sys.argv[1] == "fill":
        fill_cell(int(sys.argv[2]))
    else:
        serve_events()


if __name__ == "__main__":
    main()
