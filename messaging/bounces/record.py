"""Record that mails of ours did not arrive, and hold addresses back that take none.

An address that does not exist is held back at once; one that refused three mails within 14 days for other reasons too.
A delay is shown and counts for nothing.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.bounces.report import DELAYED, STATUS, classify_failure
from messaging.mailboxes.handle import MailHandler
from messaging.models import Bounce, Call, Delivery, IncomingMail, Suppression
from messaging.suppression.keys import build_suppression_key
from messaging.suppression.manage import suppress_address
from tenants.scope import get_current_tenant_id

Kind, State = Bounce.Kind, Delivery.State
OFTEN = """
SELECT b.address FROM messaging_bounce b
WHERE b.tenant_id = %(tenant)s AND b.address = ANY(%(addresses)s::text[]) AND b.kind IN ('hard', 'soft')
  AND b.at > greatest(%(since)s, (
      SELECT max(s.lifted_at) FROM messaging_suppression s
      WHERE s.tenant_id = %(tenant)s AND s.address = b.address AND s.reason = 'bounce'))
GROUP BY b.address HAVING count(DISTINCT b.delivery_id) >= %(most)s
"""
MOST_SOFT, SOFT_WITHIN = 3, timedelta(days=14)
# Nobody doubts any more that these did not arrive.
OVERRULED = (State.SENT, State.UNKNOWN)


@dataclass(frozen=True)
class Failure:
    """What one server said of one call of ours."""

    call_id: int
    address: str
    kind: str
    status: str
    said: str
    at: datetime
    mail: IncomingMail | None = None


def take_bounces(mails: Sequence[IncomingMail]) -> Mapping[int, str]:
    """Record the reports among the mails, in the caller's transaction; return mail id → as what each was taken."""
    reports = [(mail, mail.report) for mail in mails if mail.report is not None]
    calls = find_calls(key for _mail, report in reports for key in report["keys"])
    taken: dict[int, str] = {}
    failures = []
    for mail, report in reports:
        call = next((calls[key] for key in report["keys"] if key in calls), None)
        if not call:
            taken[mail.pk] = "other_bounce"
            continue
        failure = build_failure(call, mail)
        failures.append(failure)
        taken[mail.pk] = "delayed" if failure.kind == Kind.DELAYED else "bounce"
    record_failures(failures)
    return taken


HANDLER = MailHandler(
    "bounces",
    take_bounces,
    {
        "bounce": _("不達の通知"),
        "delayed": _("遅延の通知"),
        "other_bounce": _("ほかのメールの不達の通知"),
    },
    trusted_only=False,
)


def find_calls(keys: Iterable[str]) -> dict[str, Call]:
    """Return our mails' calls by these keys; every one has one recipient."""
    wanted = {uuid.UUID(key) for key in keys}
    rows = Call.objects.filter(kind=Call.Kind.MAIL, key__in=wanted) if wanted else ()
    return {str(call.key): call for call in rows}


def build_failure(call: Call, mail: IncomingMail) -> Failure:
    report = mail.report or {}
    status, said = report["status"], report["said"]
    kind = (
        Kind.DELAYED if report["action"] == DELAYED else classify_failure(status, said)
    )
    address = build_suppression_key(call.to[0])
    return Failure(call.pk, address, kind, status, said, mail.received_at, mail)


def record_refusals(refused: Sequence[tuple[int, str, str]]) -> None:
    """Record what servers refused at once: (call id, address, the server's words), in the caller's transaction."""
    now = timezone.now()
    record_failures(
        [
            Failure(
                call_id,
                build_suppression_key(address),
                classify_failure("", said),
                found[0] if (found := STATUS.search(said)) else "",
                said,
                now,
            )
            for call_id, address, said in refused
        ]
    )


def record_failures(failures: Sequence[Failure]) -> None:
    """Store a bounce for each, mark the deliveries as not arrived, and hold back the addresses that call for it."""
    if not failures:
        return
    deliveries = dict(
        Delivery.objects.filter(
            call__in=[each.call_id for each in failures]
        ).values_list("call_id", "pk")
    )
    known = [each for each in failures if each.call_id in deliveries]
    Bounce.objects.bulk_create(
        Bounce(
            delivery_id=deliveries[each.call_id],
            mail=each.mail,
            address=each.address,
            kind=each.kind,
            status=each.status,
            said=each.said,
            at=each.at,
        )
        for each in known
    )
    final = [each for each in known if each.kind != Kind.DELAYED]
    Delivery.objects.filter(
        pk__in=[deliveries[each.call_id] for each in final], state__in=OVERRULED
    ).update(state=State.FAILED, reason="returned")
    suppress_failing(final)


def suppress_failing(failures: Sequence[Failure]) -> None:
    """Hold back whose address does not exist, and whose mails came back too often, each with the server's words."""
    often = list_often_refused([each.address for each in failures])
    for address, each in {each.address: each for each in failures}.items():
        hard = next(
            (e for e in failures if e.address == address and e.kind == Kind.HARD), None
        )
        if hard or address in often:
            suppress_address(address, Suppression.Reason.BOUNCE, (hard or each).said)


def list_often_refused(addresses: Sequence[str]) -> set[str]:
    """Return which of the addresses refused so many different mails lately, since they were last released by hand."""
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "addresses": sorted(set(addresses)),
        "since": timezone.now() - SOFT_WITHIN,
        "most": MOST_SOFT,
    }
    with connection.cursor() as cursor:
        cursor.execute(OFTEN, values)
        return {address for (address,) in cursor.fetchall()}
