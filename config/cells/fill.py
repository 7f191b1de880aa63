"""The two shops of a move drill: members, what was sent to them long ago, what is due, a series, a form, files."""

import hashlib
from typing import Any

from config.cells.client import FORM, MOVING, SECRET, STAYING, TOKEN

# So many are due one after the other, from the beginning of the drill on.
PUSHES, PUSH_EVERY = 1_500, 0.05
MEMBERS = """
INSERT INTO members_member (tenant_id, public_id, name, name_key, email, email_key, phone, phone_e164, line_user_id,
    line_name, line_picture, line_state, link_state, known_by, line_optout_by, mail_optout_by, cart_state, created_at)
SELECT %(tenant)s, 'm' || lpad(n::text, 11, '0'), '会員' || n, '会員' || n, n || '@example.jp', n || '@example.jp',
    '', '', 'U' || md5(n::text), '', '', 'friend', 'unanswered', '', '', '', '', now()
FROM generate_series(1, %(count)s) n
"""
SENT = """
INSERT INTO messaging_delivery (tenant_id, sender_id, channel, source, is_ad, member_id, content_id, planned_at, due_at,
    finished_at, state)
SELECT m.tenant_id, %(sender)s, 'line', 1, true, m.id, %(content)s, at, at, at, 2
FROM members_member m, (SELECT now() - interval '90 days' AS at) old WHERE m.tenant_id = %(tenant)s
"""
DUE = """
INSERT INTO messaging_delivery (tenant_id, sender_id, channel, source, is_ad, member_id, content_id, planned_at, due_at)
SELECT m.tenant_id, %(sender)s, 'line', 1, true, m.id, %(content)s, at, at
FROM (SELECT *, now() + make_interval(secs => %(every)s * row_number() OVER (ORDER BY id)) AS at
      FROM members_member WHERE tenant_id = %(tenant)s ORDER BY id LIMIT %(count)s) m
"""


def build_member_id(number: int) -> str:
    """Return the LINE user id of the member of this number, as MEMBERS makes it."""
    return f"U{hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()}"


def fill_cell(members: int) -> None:
    """Make both shops, each with so many members."""
    from django.db import transaction

    from tenants.scope import open_tenant_scope
    from tenants.shops.open import open_shop

    for slug in (MOVING, STAYING):
        shop = open_shop(slug, slug)
        with transaction.atomic(), open_tenant_scope(shop):
            fill_shop(shop, members)


def fill_shop(shop: Any, members: int) -> None:
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.db import connection

    from messaging.content.make import make_text_content
    from operators.models import Operator, Seat

    owner = Operator.objects.create_operator(f"{shop.slug}-owner", "drill", name="A")
    Seat.objects.create(operator=owner, role="owner")
    account = make_drill_account(shop)
    given = {
        "tenant": shop.pk,
        "count": members,
        "sender": account.sender_id,
        "content": make_text_content("お知らせ").pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, given)
        cursor.execute(SENT, given)
        if shop.slug == MOVING:
            cursor.execute(DUE, given | {"count": PUSHES, "every": PUSH_EVERY})
    if shop.slug == MOVING:
        make_drill_series(account)
        make_drill_form(account)
    for name in ("exports/{}/kept.bin", "imports/{}/deep/kept.csv"):
        default_storage.save(name.format(shop.pk), ContentFile(b"kept"))


def make_drill_account(shop: Any) -> Any:
    from messaging.models import LineAccount
    from tenants.wakeups import wake

    account = LineAccount.objects.create(
        name="drill",
        channel_id=shop.slug,
        channel_secret=SECRET,
        access_token=f"{TOKEN}-{shop.slug}",
        login_channel_id="2",
        liff_id="2-a",
        webhook_key="k" * 24,
    )
    if shop.slug == MOVING:
        wake(shop, "messaging.dispatch", subject=account.sender_id)
    return account


def make_drill_series(account: Any) -> None:
    """Whoever becomes a friend gets one message at once."""
    from datetime import timedelta

    from messaging.content.make import make_text_content
    from messaging.models import Scenario, Step, Trigger

    series = Scenario.objects.create(name="はじめまして", account=account, is_on=True)
    Trigger.objects.create(scenario=series, kind="friend_added")
    Step.objects.create(
        scenario=series, delay=timedelta(), content=make_text_content("ようこそ")
    )


def make_drill_form(account: Any) -> None:
    from forms_builder.models import Field, Form
    from forms_builder.versions import store_version

    form = Form.objects.create(
        public_id=FORM,
        account=account,
        name="drill",
        title="drill",
        allows_browser=True,
    )
    for position, kind in enumerate(("name", "phone"), 1):
        Field.objects.create(
            form=form, position=position, kind=kind, label=kind, is_required=False
        )
    store_version(form)
