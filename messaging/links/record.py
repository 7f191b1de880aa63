"""Record a call of a link, and decide whether a person made it.

No person: a HEAD; a caller who names himself as one of the programs of agents.txt, or not at all; and a GET within
three seconds of the message's acceptance from an address that opened two recipients' links within a minute. The
person's own tap comes later and counts.
"""

import datetime as dt
import hashlib
import hmac
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from members.identity.visits import VisitEvent, record_visits
from members.models import Visit
from messaging.models import Click, Delivery

Machine = Click.Machine
QUICK, BURST = dt.timedelta(seconds=3), dt.timedelta(minutes=1)


@lru_cache(maxsize=1)
def list_agents() -> tuple[str, ...]:
    """Return what programs call themselves, in small letters."""
    lines = (Path(__file__).parent / "agents.txt").read_text().split("\n")
    return tuple(line.strip() for line in lines if line.strip())


def hash_origin(address: str) -> str:
    """Return what stands for the address: the same for the same caller, and not to be turned back."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"click {address}".encode(), hashlib.sha256).hexdigest()[:24]


@transaction.atomic
def record_click(
    delivery: Delivery,
    number: int,
    method: str,
    agent: str,
    address: str,
    at: dt.datetime,
) -> Click:
    """Record one call of the link; a person's tap is a visit of the member as well."""
    origin = hash_origin(address)
    is_quick = delivery.finished_at is None or at - delivery.finished_at <= QUICK
    click: Click = Click.objects.create(
        delivery=delivery,
        member_id=delivery.member_id,
        number=number,
        at=at,
        origin=origin,
        is_quick=is_quick,
        machine=detect_machine(method, agent),
    )
    if is_quick:
        mark_burst(origin, at)
    elif not click.machine and delivery.member_id:
        key = f"link:{click.pk}"
        record_visits([VisitEvent(delivery.member_id, at, Visit.Kind.TAP, key)])
    return click


def detect_machine(method: str, agent: str) -> str:
    if method == "HEAD":
        return Machine.HEAD
    name = agent.lower()
    if not name.strip() or any(each in name for each in list_agents()):
        return Machine.AGENT
    return ""


def mark_burst(origin: str, at: dt.datetime) -> None:
    """Mark the quick calls of this caller, when they opened two recipients' links within the minute."""
    recent = Click.objects.filter(origin=origin, at__gt=at - BURST, at__lte=at)
    quick = recent.filter(is_quick=True)
    if recent.values("delivery_id").distinct().count() > 1:
        quick.filter(machine="").update(machine=Machine.BURST)
