"""What a change of how a cart matches would do to the links, counted before it is made."""

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from cartsync.matching.match import decide_matches
from cartsync.models import Cart
from members.identity.shared_emails import load_email_rule


@dataclass(frozen=True)
class MatchingChange:
    """``added``: new links. ``kept``, ``unsupported``: links of now that it would make again, or would not."""

    added: int
    kept: int
    unsupported: int


def preview_matching_change(cart: Cart, **settings: Any) -> MatchingChange:
    """Count what other settings would do: match_key, uses_line_id, needs_order. Links of now stay whatever they are."""
    changed = copy(cart)
    for name, value in settings.items():
        setattr(changed, name, value)
    links = cart.links.current()
    kept = links.filter(build_supported_q(changed)).count()
    added = sum(found.is_unique for found in decide_matches(changed))
    return MatchingChange(added, kept, links.count() - kept)


def build_supported_q(cart: Cart) -> Q:
    """Return the condition on links that the cart's settings would make them."""

    def agree(ours: str, theirs: str) -> Q:
        return Q((f"member__{ours}", F(f"customer__{theirs}"))) & ~Q(
            (f"member__{ours}", "")
        )

    found = agree(cart.key_column, cart.key_column)
    if cart.uses_line_id:
        found |= agree("line_user_id", "line_id")
    return found & Q(customer__order_count__gt=0) if cart.needs_order else found


def describe_rule_effects(email_rule: str) -> list[str]:
    """Return what another rule about shared addresses would do to the links of each cart that matches by email."""
    lines = []
    carts = Cart.objects.wanted().filter(match_key=Cart.MatchKey.EMAIL)
    for cart in carts.order_by("pk"):
        now, then = (
            {
                (found.member_id, found.customer_id)
                for found in decide_matches(cart, email_rule=rule)
                if found.verdict == "unique"
            }
            for rule in (load_email_rule(), email_rule)
        )
        words = _(
            "カート「%(cart)s」では、新しく%(added)s件が連携し、%(fewer)s件が連携しなくなります。"
        )
        numbers = {"added": f"{len(then - now):,}", "fewer": f"{len(now - then):,}"}
        lines.append(words % {"cart": cart.name, **numbers})
    return lines
