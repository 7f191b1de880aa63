"""Tokens: the one we call LINE with, and the one that proves who opened a page."""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from urllib3.exceptions import HTTPError

from messaging.channels.line.errors import LineRefused, TokenRefused
from messaging.models import LineAccount
from outbound.concurrency import hold_place_to_call
from outbound.deadlines import TimedPools
from outbound.errors import TryLater

LONGEST_CALL = 5.0  # seconds
ISSUER = "https://access.line.me"
# A stateless token lives 15 minutes at LINE; here it is used for 12. It stays in the memory of this process.
STATELESS_SECONDS = 12 * 60
_stateless: dict[tuple[str, str], tuple[str, float]] = {}
# LINE's messages for a refused ID token.
REASONS = {
    "IdToken expired.": "expired",
    "Invalid IdToken Audience.": "audience",
    "Invalid IdToken Issuer.": "issuer",
    "Invalid IdToken Nonce.": "nonce",
    "Invalid IdToken Subject Identifier.": "subject",
}


@dataclass(frozen=True)
class Claims:
    """Who holds the token: ``sub`` is the LINE user id."""

    sub: str
    name: str = ""
    picture: str = ""


def get_access_token(account: LineAccount) -> str:
    """Return the long-lived token that was pasted, else a stateless one.

    Raise LineRefused when the secret is wrong, TryLater when LINE cannot be asked.
    """
    if account.access_token:
        return account.access_token
    key = (account.channel_id, account.channel_secret)
    token, until = _stateless.get(key, ("", 0.0))
    if time.monotonic() >= until:
        token = _issue_token(*key)
        _stateless[key] = (token, time.monotonic() + STATELESS_SECONDS)
    return token


def forget_token(account: LineAccount) -> None:
    """Forget the account's stateless token after LINE refused it."""
    _stateless.pop((account.channel_id, account.channel_secret), None)


def _issue_token(channel_id: str, channel_secret: str) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": channel_id,
        "client_secret": channel_secret,
    }
    answer = _post_form("/oauth2/v3/token", form)
    if "access_token" not in answer:
        raise LineRefused(
            400, str(answer.get("error_description", answer.get("error", "")))[:200]
        )
    return str(answer["access_token"])


def verify_id_token(account: LineAccount, id_token: str) -> Claims:
    """Return the claims of a LIFF ID token, checked by LINE for the shop's own login channel and then again here.

    Raise TokenRefused, or TryLater when LINE cannot be asked: nobody is let in then.
    """
    answer = _post_form(
        "/oauth2/v2.1/verify",
        {"id_token": id_token, "client_id": account.login_channel_id},
    )
    if "error" in answer:
        raise TokenRefused(REASONS.get(str(answer.get("error_description")), "invalid"))
    if answer.get("iss") != ISSUER:
        raise TokenRefused("issuer")
    if answer.get("aud") != account.login_channel_id:
        raise TokenRefused("audience")
    if not isinstance(answer.get("exp"), int) or answer["exp"] <= time.time():
        raise TokenRefused("expired")
    if not isinstance(answer.get("sub"), str) or not 1 <= len(answer["sub"]) <= 40:
        raise TokenRefused("subject")
    return Claims(
        answer["sub"],
        str(answer.get("name") or "")[:200],
        str(answer.get("picture") or "")[:500],
    )


def _post_form(path: str, form: dict[str, str]) -> dict[str, Any]:
    """Return LINE's JSON answer to 200, 400 or 401; raise TryLater for anything else."""
    try:
        with hold_place_to_call(), TimedPools() as pools:
            answer = pools.request(
                "POST",
                settings.LINE_API_URL + path,
                fields=form,
                encode_multipart=False,
                timeout=LONGEST_CALL,
            )
        if answer.status not in (200, 400, 401):
            raise TryLater(str(answer.status))
        body = answer.json()
    except (HTTPError, OSError, ValueError, RecursionError) as error:
        raise TryLater(type(error).__name__) from error
    return body if isinstance(body, dict) else {}
