"""メールアドレスの重複: who shares an address, and who may not.

Where the shop allows none, an operator and a file cannot give a second living member the address of another. What a
customer answers is always taken: who then shares is listed, until a person merges them.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from members.models import Member, MemberSettings
from members.models.querysets import MemberQuerySet
from operators import audit
from tenants.scope import get_current_tenant_id

Rule = MemberSettings.SharedEmails
# Members of one address that the page shows.
MOST_OF_ONE = 5
# As cartsync writes it into Member.cart_state.
LEFT_STATE = "left"


@dataclass
class SharedEmail:
    """One address and the living members who have it, oldest first; ``count``: how many they are."""

    members: list[Member]
    count: int


def load_email_rule() -> str:
    """Return what the shop decided; everybody may share until it does."""
    found = MemberSettings.objects.values_list("shared_emails", flat=True).first()
    return found or Rule.ALLOW


@transaction.atomic
def set_email_rule(rule: str) -> None:
    """Change the rule; who shares already stays, listed, until they are merged."""
    MemberSettings.objects.update_or_create(defaults={"shared_emails": rule})
    audit.record_action("members.email_rule_changed", None, rule=rule)


def select_counted_members(rule: str) -> "MemberQuerySet[Member]":
    """Return the living members with an address who count: with 退会のみ重複可 not those who left the shop."""
    members = Member.objects.filter(deleted_at=None).exclude(email_key="")
    return members.exclude(cart_state=LEFT_STATE) if rule == Rule.LEFT else members


def select_shared_keys(rule: str) -> "QuerySet[Any, Any]":
    """Return {email_key, n} of each address that more than one of them has, the most shared first."""
    rows = select_counted_members(rule).order_by().values("email_key")
    return rows.annotate(n=Count("pk")).filter(n__gt=1).order_by("-n", "email_key")


def list_shared_emails(rule: str, most: int) -> tuple[list[SharedEmail], int]:
    """Return the most shared addresses with their members, and how many are shared in all: grouped once for both."""
    found = list(
        select_shared_keys(rule).annotate(every=Window(Count("email_key")))[:most]
    )
    keys = {row["email_key"]: row["n"] for row in found}
    total = found[0]["every"] if found else 0
    members: dict[str, list[Member]] = {str(key): [] for key in keys}
    place = Window(RowNumber(), partition_by="email_key", order_by="pk")
    rows = select_counted_members(rule).filter(email_key__in=list(keys))
    for member in (
        rows.annotate(place=place).filter(place__lte=MOST_OF_ONE).order_by("pk")
    ):
        members[member.email_key].append(member)
    return [SharedEmail(some, keys[key]) for key, some in members.items()], total


def refuse_shared_email(email_key: str, member: Member | None = None) -> None:
    """Raise ValidationError when the shop does not let another living member have this address.

    The shop's lock is held until the transaction ends, so that two operators cannot both be the first.
    """
    rule = load_email_rule()
    if (
        rule == Rule.ALLOW
        or not email_key
        or (member and member.email_key == email_key)
    ):
        return
    if rule == Rule.LEFT and member and member.cart_state == LEFT_STATE:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('members.emails', %s))",
            [get_current_tenant_id()],
        )
    others = select_counted_members(rule).filter(email_key=email_key)
    other = others.exclude(pk=member.pk if member else 0).order_by("pk").first()
    if other:
        raise ValidationError(
            _(
                "このメールアドレスの会員がすでにいます（会員ID %(id)s）。"
                "その会員を編集するか、会員の画面の「統合」で1人にまとめてください。"
            ),
            code="shared_email",
            params={"id": other.public_id},
        )
