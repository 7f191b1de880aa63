"""A shop with a LINE account whose friends the simulator knows."""

from typing import Any

from bench.stage import fill, shop

KEYS = {"channel_secret": "secret", "access_token": "token"}


def make_line_shop(
    sandbox: Any, name: str, people: int, **columns: str
) -> tuple[Any, Any]:
    """Return the shop and its account, with so many members who are friends.

    ``columns``: SQL over the number n for further columns of the members, or in place of the usual ones.
    """
    from django.db import transaction

    from members.models import Member
    from messaging.models import LineAccount
    from tenants.scope import open_tenant_scope

    tenant = shop(name)
    usual = {
        "tenant_id": str(tenant.pk),
        "public_id": "lpad(n::text, 12, 'b')",
        "name": "'会員' || n",
        "line_user_id": "'U' || lpad(n::text, 32, '0')",
        "line_state": "'friend'",
        "link_state": "'unanswered'",
    }
    fill(Member, people, **(usual | columns))
    channel = sandbox.line.register({"channel_id": name, **KEYS, "quota": None})
    friends = [
        {"user_id": f"U{n:032d}", "name": f"会員{n}"} for n in range(1, people + 1)
    ]
    sandbox.line.add_friends(channel, friends)
    with open_tenant_scope(tenant), transaction.atomic():
        account = LineAccount.objects.create(
            name="公式",
            channel_id=name,
            login_channel_id="1",
            liff_id="1-a",
            channel_secret=KEYS["channel_secret"],
            access_token=KEYS["access_token"],
        )
    return tenant, account
