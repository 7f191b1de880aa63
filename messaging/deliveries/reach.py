"""Whom a message reaches, by which channel, and why it does not: of one person, in a queryset, and in raw SQL.

The three say the same. A message that goes by either channel goes by LINE to whomever that reaches.
"""

from collections.abc import Collection

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower, NullIf, Trim

from members.models import Member
from messaging.models import Suppression, Way
from messaging.suppression.manage import find_suppressions

LINE_REASONS = {
    Member.LineState.BLOCKED: "blocked",
    Member.LineState.NONE: "not_friend",
}
# Of a row ``m`` of members_member.
LINE_REACHES_SQL = "(coalesce(m.line_user_id, '') <> '' AND m.line_state = 'friend' AND m.line_optout_at IS NULL)"
MAIL_REACHES_SQL = """(m.email <> '' AND m.mail_optout_at IS NULL AND NOT EXISTS (
    SELECT FROM messaging_suppression held
    WHERE held.tenant_id = %(tenant)s AND held.lifted_at IS NULL
      AND held.address = coalesce(nullif(m.email_key, ''), lower(btrim(m.email)))))"""
BY_MAIL_SQL = (
    "(step.way = 'mail' OR step.way = 'either'"
    f" AND NOT {LINE_REACHES_SQL} AND {MAIL_REACHES_SQL})"
)
# By neither channel, since nothing is known of the person.
NO_WAY = "no_way"
# What holds an address back → the reason of its deliveries.
SUPPRESSED = {
    Suppression.Reason.BOUNCE.value: "bounced",
    Suppression.Reason.BY_HAND.value: "suppressed",
    Suppression.Reason.UNSUBSCRIBED.value: "unsubscribed",
}
# What a person wanted, which the direct answers pass.
OPT_OUTS = ("opted_out", "mail_opted_out", "unsubscribed")
Obstacle = tuple[Q, str]


def list_obstacles(way: str, prefix: str = "") -> list[Obstacle]:
    """Return (condition, reason) of what keeps a message of this way from a member; the first that holds counts.

    ``prefix`` leads to the member ("member__") from the rows of the queryset.
    """
    if way == Way.LINE:
        return list_line_obstacles(prefix)
    if way == Way.MAIL:
        return list_mail_obstacles(prefix)
    out = ~build_line_reach(prefix) & ~build_mail_reach(prefix)
    known = [
        (condition, reason)
        for condition, reason in (
            *list_mail_obstacles(prefix),
            *list_line_obstacles(prefix),
        )
        if reason not in ("no_email", "no_line", "not_friend")
    ]
    return [(out & condition, reason) for condition, reason in known] + [(out, NO_WAY)]


def list_line_obstacles(prefix: str = "") -> list[Obstacle]:
    return [
        (Q((f"{prefix}line_optout_at__isnull", False)), "opted_out"),
        (
            Q((f"{prefix}line_user_id", None)) | Q((f"{prefix}line_user_id", "")),
            "no_line",
        ),
        *(
            (Q((f"{prefix}line_state", state)), why)
            for state, why in LINE_REASONS.items()
        ),
    ]


def list_mail_obstacles(prefix: str = "") -> list[Obstacle]:
    return [
        (Q((f"{prefix}mail_optout_at__isnull", False)), "mail_opted_out"),
        (Q((f"{prefix}email", "")), "no_email"),
        *(
            (Q(is_suppressed(prefix, reason)), why)
            for reason, why in sorted(SUPPRESSED.items())
        ),
    ]


def is_suppressed(prefix: str = "", *reasons: str) -> Exists:
    """Return whether the member's address is held back, for one of these reasons or, without them, for any."""
    key = Coalesce(
        NullIf(OuterRef(f"{prefix}email_key"), Value("")),
        Lower(Trim(OuterRef(f"{prefix}email"))),
    )
    held = Suppression.objects.open().filter(address=key)
    return Exists(held.filter(reason__in=reasons) if reasons else held)


def build_line_reach(prefix: str = "") -> Q:
    known = ~(Q((f"{prefix}line_user_id", None)) | Q((f"{prefix}line_user_id", "")))
    friend = Q((f"{prefix}line_state", Member.LineState.FRIEND))
    return known & friend & Q((f"{prefix}line_optout_at", None))


def build_mail_reach(prefix: str = "") -> Q:
    known = ~Q((f"{prefix}email", "")) & Q((f"{prefix}mail_optout_at", None))
    return known & ~Q(is_suppressed(prefix))


def build_unreached(way: str) -> Case:
    """Return, for a queryset of members, the reason why each cannot be reached this way; "" for whoever can."""
    cases = [When(q, then=Value(reason)) for q, reason in list_obstacles(way)]
    return Case(*cases, default=Value(""), output_field=CharField())


def build_by_mail(way: str) -> Case:
    """Return, for a queryset of members, whether each gets a message that goes this way by mail."""
    by_mail = {
        Way.LINE.value: Q(pk__isnull=True),
        Way.MAIL.value: Q(pk__isnull=False),
        Way.EITHER.value: ~build_line_reach() & build_mail_reach(),
    }[way]
    return Case(
        When(by_mail, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )


def explain_unreachable(
    user_id: str | None, line_state: str, deleted: bool, opted_out: bool
) -> str:
    """Return why a member gets no LINE message at all; "" when they do."""
    if deleted:
        return "deleted"
    if opted_out:
        return "opted_out"
    return (
        "no_line" if not user_id else LINE_REASONS.get(Member.LineState(line_state), "")
    )


def explain_no_mail(email: str, deleted: bool, opted_out: bool) -> str:
    """Return why a member gets no mail at all; "" when they do."""
    if deleted:
        return "deleted"
    if opted_out:
        return "mail_opted_out"
    return "" if email else "no_email"


def explain_neither(no_line: str, no_mail: str) -> str:
    """Return why somebody gets a message by neither channel, of the reasons against each; "" when they do."""
    if not no_line or not no_mail:
        return ""
    if no_mail != "no_email":
        return no_mail
    return NO_WAY if no_line in ("no_line", "not_friend") else no_line


def explain_no_message(member: Member, way: str) -> str:
    """Return why this member gets no message that goes this way; "" when they do."""
    deleted = member.deleted_at is not None
    no_line = explain_unreachable(
        member.line_user_id,
        member.line_state,
        deleted,
        member.line_optout_at is not None,
    )
    no_mail = explain_no_mail(
        member.email, deleted, member.mail_optout_at is not None
    ) or explain_held(member.email)
    if way == Way.EITHER:
        return explain_neither(no_line, no_mail)
    return no_mail if way == Way.MAIL else no_line


def explain_held(address: str) -> str:
    """Return why mail to this address is held back; "" when it is not."""
    held = find_suppressions([address]).get(address, [])
    return SUPPRESSED[min(row.reason for row in held)] if held else ""


def join_ways(ways: Collection[str]) -> str:
    """Return the way of several messages together: whom one of them can reach is reached."""
    return next(iter(ways)) if len(set(ways)) == 1 else Way.EITHER.value
