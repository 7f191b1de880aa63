"""メールアドレスの重複: who shares an address, and who may not.

Where the shop allows none, an operator and a file cannot give a second living member the address of another, nor bring
a deleted or merged member back who would be the second. What a customer does is always taken (an answer, following
again): who then shares is listed, until a person merges them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
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
REFUSED = """
WITH back (id, email_key) AS MATERIALIZED ({}),
firsts AS (SELECT email_key, min(id) AS first FROM back GROUP BY email_key)
SELECT b.id FROM back b JOIN firsts f USING (email_key)
CROSS JOIN (SELECT %s::bigint AS tenant, %s::text AS state_left) given
WHERE b.id > f.first OR EXISTS (
    SELECT FROM members_member o WHERE o.tenant_id = given.tenant AND o.email_key = b.email_key AND o.email_key <> ''
      AND o.deleted_at IS NULL AND (given.state_left = '' OR o.cart_state <> given.state_left))
"""


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


def lock_emails() -> None:
    """Hold the shop's lock of addresses until the transaction ends; it comes before those of members."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('members.emails', %s))",
            [get_current_tenant_id()],
        )


def find_refused_returns(members: "QuerySet[Member]") -> list[int]:
    """Return the ids of those deleted members who would share an address with a living one, or with each other.

    Of several with one address the oldest is not refused. One statement, whatever their number.
    """
    rule = load_email_rule()
    if rule == Rule.ALLOW:
        return []
    gone = members.exclude(deleted_at=None).filter(merged_into=None)
    gone = gone.exclude(email_key="")
    if rule == Rule.LEFT:
        gone = gone.exclude(cart_state=LEFT_STATE)
    chosen = gone.order_by().values_list("pk", "email_key")
    try:
        sql, params = chosen.query.get_compiler("default").as_sql()
    except EmptyResultSet:
        return []
    left = LEFT_STATE if rule == Rule.LEFT else ""
    with connection.cursor() as cursor:
        cursor.execute(REFUSED.format(sql), [*params, get_current_tenant_id(), left])
        return [pk for (pk,) in cursor.fetchall()]


def describe_refused_return(member: Member) -> str:
    """Return why a deleted member cannot come back, and what to do."""
    same = select_counted_members(load_email_rule()).filter(email_key=member.email_key)
    return _(
        "同じメールアドレスの会員（会員ID %(id)s）がいるため、復元できません。"
        "その会員のメールアドレスを変えるか、「メールアドレスの重複」の設定を変えてから、復元してください。"
    ) % {"id": same.order_by("pk").values_list("public_id", flat=True).first()}


def find_sharing(member_ids: Sequence[int]) -> Member | None:
    """Return one of these living members who shares an address against the shop's rule; None when nobody does."""
    rule = load_email_rule()
    if rule == Rule.ALLOW:
        return None
    counted = select_counted_members(rule)
    for member in counted.filter(pk__in=member_ids).order_by("pk"):
        if counted.filter(email_key=member.email_key).exclude(pk=member.pk).exists():
            return member
    return None


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
    lock_emails()
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
