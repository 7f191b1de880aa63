"""The demo shop at the LINE simulator: its channel, and its members as friends whose phones can be looked at."""

import json
import urllib.request

from django.conf import settings

from members.models import Member
from messaging.models import LineAccount
from tenants.models import Tenant
from tenants.realms import build_realm_url


def register_channel(shop: Tenant, account: LineAccount) -> None:
    """Register the account at the simulator at every start: its addresses change with the ports."""
    told = {
        "channel_id": account.channel_id, "channel_secret": account.channel_secret,
        "access_token": account.access_token, "login_channel_id": account.login_channel_id,
        "liff_id": account.liff_id, "name": account.name, "basic_id": account.basic_id,
        "webhook_url": build_realm_url("public", shop, "messaging:webhook", [account.webhook_key]),
        "liff_endpoint": build_realm_url("public", shop, "forms_builder:endpoint"),
    }  # fmt: skip
    post_json(f"{settings.LINE_API_URL}/sandbox/channels", told)


def befriend_members(account: LineAccount) -> None:
    """Make the simulator's friends those of the shop: what is sent to them can be read on its phones."""
    friends = Member.objects.filter(line_state="friend").values_list(
        "line_user_id", "line_name"
    )
    told = [{"user_id": user_id, "name": name} for user_id, name in friends]
    post_json(
        f"{settings.LINE_API_URL}/sandbox/friends",
        {"channel_id": account.channel_id, "friends": told},
    )


def post_json(url: str, body: object) -> None:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=30).close()
