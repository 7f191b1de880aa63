"""Which mail account a mail goes out from: chosen by the recipient's domain."""

from dataclasses import dataclass
from typing import Any

from messaging.models import MailAccount

# Of the rules that fit an address the longest; the one without a domain fits any.
ROUTE = """
(SELECT r.sender_id FROM unnest(%(route_domains)s::text[], %(route_senders)s::bigint[]) r (domain, sender_id)
 WHERE r.domain = '' OR lower(split_part({email}, '@', -1)) = r.domain OR lower({email}) LIKE '%%.' || r.domain
 ORDER BY length(r.domain) DESC LIMIT 1)
"""


@dataclass(frozen=True)
class MailRoutes:
    """``rules``: (domain, id of the sender), the longest domain first; "" is any. Empty without a mail account."""

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

    def find_sender(self, address: str) -> int | None:
        """Return the id of the sender for a mail to this address; None without a mail account."""
        domain = address.rpartition("@")[2].lower()
        fitting = (
            sender
            for own, sender in self.rules
            if own in ("", domain) or domain.endswith(f".{own}")
        )
        return next(fitting, None)


def load_mail_routes() -> MailRoutes:
    """Return the shop's rules: an active account before one that is switched off, which keeps what is booked."""
    accounts = MailAccount.objects.order_by("-is_active", "pk")
    default = accounts.values_list("sender_id", flat=True).first()
    return MailRoutes((("", default),)) if default else MailRoutes()
