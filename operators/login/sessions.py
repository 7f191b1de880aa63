"""Where an operator is logged in: each session ends when it is idle or old, and by itself or its owner at any time."""

import re
import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from operators.login.events import get_request_address, record_login_event
from operators.models import Operator

# In the session: since when somebody is logged in, and when they last did something; seconds since 1970.
BEGAN, SEEN = "began", "seen"
# Why the last one in this browser ended; the login page says it.
TIMED_OUT = "timed_out"
WRITE_SECONDS = 60  # "last seen" is this exact
# The page sent the request by itself (static/console/js/idle.js): nobody sits there.
UNATTENDED = "X-Unattended"
BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
Handler = Callable[[HttpRequest], HttpResponse]


class SessionLimitsMiddleware:
    """Ends a session that was idle too long or began too long ago, whatever its cookie says."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Public pages open nothing by a session; the help desk's only notes that an operator came.
        if getattr(request, "realm", "") != "p" and request.session.session_key:
            self.check(request)
        return self.get_response(request)

    def check(self, request: HttpRequest) -> None:
        session, now = request.session, time.time()
        if SESSION_KEY not in session:
            return
        began, seen = session.get(BEGAN, now), session.get(SEEN, now)
        too_old = now - began > settings.SESSION_LONGEST_SECONDS
        if too_old or now - seen > settings.SESSION_IDLE_SECONDS:
            end_late_session(request, "age" if too_old else "idle")
        elif BEGAN not in session or (
            now - seen >= WRITE_SECONDS and UNATTENDED not in request.headers
        ):
            touch_session(request, began, now)


def end_late_session(request: HttpRequest, why: str) -> None:
    """Log out whom the session belongs to, with a line that says by which limit."""
    if isinstance(request.user, Operator):
        address = get_request_address(request)
        record_login_event(request.user, "login.timed_out", address, why=why)
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    request.session.flush()
    request.session[TIMED_OUT] = why
    request.user = AnonymousUser()


def touch_session(request: HttpRequest, began: float, now: float) -> None:
    request.session[BEGAN], request.session[SEEN] = began, now
    seen: dict[str, Any] = {"last_seen_at": timezone.now()}
    if address := get_request_address(request):
        seen["ip"] = address
    UserSession.objects.filter(session_key=request.session.session_key).update(**seen)


def begin_session(request: HttpRequest, user: Operator, **_: object) -> None:
    request.session.pop(TIMED_OUT, None)
    request.session[BEGAN] = request.session[SEEN] = time.time()


def list_sessions(operator: Operator, current: str | None) -> list[UserSession]:
    """Return the sessions that are still open, this browser's first, then the last seen."""
    rows = UserSession.objects.purge_and_list(operator)
    return sorted(
        rows,
        key=lambda row: (row.session_key != current, -row.last_seen_at.timestamp()),
    )


def end_session(operator: Operator, pk: int, address: str | None) -> bool:
    """End one session of this operator at once; return whether there was one."""
    row = UserSession.objects.filter(user_id=operator.pk, pk=pk).first()
    if not row:
        return False
    row.end()
    record_login_event(operator, "login.session_ended", address, sessions=1)
    return True


def end_other_sessions(
    operator: Operator, current: str | None, address: str | None
) -> int:
    """End all sessions of this operator but the current one and return how many there were."""
    others = UserSession.objects.filter(user_id=operator.pk).exclude(
        session_key=current or ""
    )
    ended = 0
    for row in others:
        row.end()
        ended += 1
    if ended:
        record_login_event(operator, "login.session_ended", address, sessions=ended)
    return ended


def describe_browser(agent: str) -> str:
    """Return what people call it, such as ``Chrome（Windows）``; "" where it does not say."""
    browser = next((name for mark, name in BROWSERS if re.search(mark, agent)), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser}（{system}）" if browser and system else browser or system


def connect_session_signals() -> None:
    user_logged_in.connect(begin_session, dispatch_uid="operators.begin_session")
