"""LINE's API for one account, called through LINE's own SDK. Every call has one time limit for all of it.

The host is settings.LINE_API_URL, so that the simulator can stand in. Pushing in bulk is in push.py.
Each function imports the SDK when it needs it: importing takes a second, a third of what every process took to start.
"""

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import urllib3
from django.conf import settings

from messaging.channels.line.errors import LineRefused
from messaging.channels.line.tokens import get_access_token
from messaging.models import LineAccount
from outbound.concurrency import hold_place_to_call
from outbound.deadlines import TimedPools
from outbound.errors import TryLater

if TYPE_CHECKING:
    from linebot.v3.messaging import MessagingApi

T = TypeVar("T")
LONGEST_CALL = 5.0  # seconds
LONGEST_WEBHOOK_TEST = 15.0  # LINE itself calls us back meanwhile


@dataclass(frozen=True)
class Profile:
    name: str
    picture: str = ""


@dataclass(frozen=True)
class BotInfo:
    name: str
    basic_id: str


@dataclass(frozen=True)
class Quota:
    """``limit`` is None when the plan has none; ``used`` is LINE's approximate figure for this month."""

    limit: int | None
    used: int

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(self.limit - self.used, 0)


@dataclass(frozen=True)
class WebhookTest:
    ok: bool
    status: int
    reason: str


@contextmanager
def open_line_api(account: LineAccount) -> Iterator["MessagingApi"]:
    """Yield the SDK's client of the Messaging API; open_line_service says what is raised."""
    from linebot.v3.messaging import MessagingApi

    with open_line_service(account, MessagingApi) as line:
        yield line


@contextmanager
def open_line_service(account: LineAccount, service: type[T]) -> Iterator[T]:
    """Yield a client of the SDK (a class of its ``api``) with the account's token.

    Raise LineRefused when LINE refuses, TryLater when it gives no answer, or 5xx or 429.
    """
    package = importlib.import_module(service.__module__.rpartition(".api.")[0])
    ApiClient, Configuration = package.ApiClient, package.Configuration  # noqa: N806 - classes
    from pydantic import ValidationError

    token = get_access_token(account)
    with (
        hold_place_to_call(),
        ApiClient(
            Configuration(host=settings.LINE_API_URL, access_token=token)
        ) as client,
    ):
        client.rest_client.pool_manager = TimedPools()
        try:
            yield service(client)  # type: ignore[call-arg]
        except package.ApiException as error:
            raise build_line_error(error.status, error.body) from error
        except (urllib3.exceptions.HTTPError, ValidationError, OSError) as error:
            raise TryLater(type(error).__name__) from error


def build_line_error(status: int, body: Any) -> Exception:
    """Return the exception for an answer that isn't 2xx.

    5xx and 429 pass by themselves and are TryLater; everything else is LINE's last word and is LineRefused.
    """
    message = extract_error_message(body)
    return (
        TryLater(f"{status} {message}")
        if status >= 500 or status == 429
        else LineRefused(status, message)
    )


def extract_error_message(body: Any) -> str:
    """Return LINE's message in an error body, with the first detail; at most 200 characters."""
    try:
        parsed = json.loads(body)
        details = [
            f"{d.get('property', '')}: {d.get('message', '')}"
            for d in parsed.get("details", [])
        ][:1]
        return " / ".join([str(parsed["message"]), *details])[:200]
    except (ValueError, TypeError, KeyError, AttributeError):
        return str(body or "")[:200]


def fetch_profile(account: LineAccount, user_id: str) -> Profile | None:
    """Return the profile; None for somebody who blocked the account or never was its friend (404)."""
    try:
        with open_line_api(account) as line:
            found = line.get_profile(user_id, _request_timeout=LONGEST_CALL)
    except LineRefused as error:
        if error.status == 404:
            return None
        raise
    return Profile(found.display_name or "", found.picture_url or "")


def fetch_bot_info(account: LineAccount) -> BotInfo:
    with open_line_api(account) as line:
        found = line.get_bot_info(_request_timeout=LONGEST_CALL)
    return BotInfo(found.display_name, found.basic_id)


def fetch_quota(account: LineAccount) -> Quota:
    with open_line_api(account) as line:
        plan = line.get_message_quota(_request_timeout=LONGEST_CALL)
        used = line.get_message_quota_consumption(_request_timeout=LONGEST_CALL)
    return Quota(plan.value if plan.type == "limited" else None, used.total_usage)


def request_webhook_test(account: LineAccount, url: str) -> WebhookTest:
    """Ask LINE to post an empty event list to ``url``, and return how that went.

    LINE allows 60 of these an hour.
    """
    from linebot.v3.messaging import TestWebhookEndpointRequest

    with open_line_api(account) as line:
        request = TestWebhookEndpointRequest(endpoint=url)
        found = line.test_webhook_endpoint(
            request, _request_timeout=LONGEST_WEBHOOK_TEST
        )
    return WebhookTest(bool(found.success), found.status_code or 0, found.reason or "")


def build_push_body(text: str, to: str) -> bytes:
    """Return the body of one push, as the SDK writes it."""
    from linebot.v3.messaging import PushMessageRequest, TextMessage

    return str(
        PushMessageRequest(to=to, messages=[TextMessage(text=text)]).to_json()
    ).encode()
