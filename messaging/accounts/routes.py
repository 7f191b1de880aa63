"""Which mail account a mail goes out from: chosen by the recipient's domain."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from messaging.models import MailAccount, MailRoute, Sender
from tenants.models import Tenant
from tenants.wakeups import wake

# The first rule that fits an address; the one without a domain fits any.
ROUTE = """
(SELECT r.sender_id FROM unnest(%(route_domains)s::text[], %(route_senders)s::bigint[])
     WITH ORDINALITY r (domain, sender_id, place)
 WHERE r.domain = '' OR lower(split_part({email}, '@', -1)) = r.domain
    OR right(lower({email}), length(r.domain) + 1) = '.' || r.domain
 ORDER BY r.place LIMIT 1)
"""
REROUTE = """
UPDATE messaging_delivery d SET sender_id = r.sender_id, reason = ''
FROM unnest(%(ids)s::bigint[], %(senders)s::bigint[]) AS r (id, sender_id)
WHERE d.tenant_id = %(tenant)s AND d.id = ANY(%(ids)s::bigint[]) AND d.id = r.id AND d.state = 0
"""


@dataclass(frozen=True)
class MailRoutes:
    """``rules``: (domain, id of the sender) in the shop's order; "" is any, the last. Empty without a mail account."""

    rules: tuple[tuple[str, int], ...] = ()

    def build_sql(self, email: str) -> str:
        """Return SQL that gives the sender for the column ``email``; it needs the values of ``values``."""
        if len(self.rules) > 1:
            return ROUTE.format(email=email)
        return "%(mail_sender)s::bigint"

    @property
    def values(self) -> dict[str, Any]:
        return {
            "route_domains": [domain for domain, _sender in self.rules],
            "route_senders": [sender for _domain, sender in self.rules],
            "mail_sender": self.find_sender(""),
        }

    @property
    def senders(self) -> list[int]:
        return sorted({sender for _domain, sender in self.rules})

    def find_rule(self, address: str) -> tuple[str, int] | None:
        """Return the (domain, sender) by which a mail to this address goes; None without a mail account."""
        domain = address.rpartition("@")[2].lower()
        fitting = (
            rule
            for rule in self.rules
            if rule[0] in ("", domain) or domain.endswith(f".{rule[0]}")
        )
        return next(fitting, None)

    def find_sender(self, address: str) -> int | None:
        """Return the id of the sender for a mail to this address; None without a mail account."""
        rule = self.find_rule(address)
        return rule[1] if rule else None


def load_mail_routes() -> MailRoutes:
    """Return the shop's rules and after them its default account.

    A rule holds while its account is switched off too: its mails wait, for no other account may write there. A default
    that is off gives way to an account that is on; without one it keeps what is booked.
    """
    rules = MailRoute.objects.order_by("position", "pk")
    accounts = MailAccount.objects.order_by("-is_active", "-is_default", "pk")
    default = accounts.values_list("sender_id", flat=True).first()
    if not default:
        return MailRoutes()
    chosen = rules.values_list("domain", "account__sender_id")
    return MailRoutes((*chosen, ("", default)))


def move_routed_mails(
    tenant: Tenant, sender: Sender, going: Iterable[tuple[int, str]]
) -> set[int]:
    """Hand mails that this transaction holds to the accounts that the rules name now, and wake those.

    ``going``: (id of the delivery, address), due at ``sender``. Return the ids of those that were handed over.
    """
    routes = load_mail_routes()
    wanted = {pk: routes.find_sender(address) for pk, address in going}
    moved = {pk: to for pk, to in wanted.items() if to and to != sender.pk}
    if not moved:
        return set()
    values: dict[str, Any] = {
        "tenant": tenant.pk,
        "ids": list(moved),
        "senders": list(moved.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(REROUTE, values)
    for each in sorted(set(moved.values())):
        wake(tenant, "messaging.dispatch", subject=each)
    return set(moved)
