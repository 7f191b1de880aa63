"""How many members the shop's plan lets it keep.

At the limit a friend is still stored and answered, and step messages, form mails and notices go on. What would make
more of them, an import or a member added by hand, is held, and so is the start of a broadcast.
"""

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from jobs.runner import JobFailed
from members.models import Member
from tenants.models import Plan
from tenants.scope import get_current_tenant_id
from tenants.shops.plans import find_plan

LOCK_CLASS = 0x6C696D  # "lim"
# Somebody of whom only an order mail told.
CONTACTS = Q(known_by="order_mail", line_user_id=None)


class MemberLimitReached(Exception):
    """The shop has as many members as it may have; the message says so."""


def count_stored_members(plan: Plan | None) -> int:
    """Count the members that the plan counts."""
    members = Member.objects.filter(deleted_at=None)
    if plan and not plan.counts_contacts:
        members = members.exclude(CONTACTS)
    return members.count()


def is_limited() -> bool:
    """Return whether the plan says how many members there may be."""
    plan = find_plan()
    return bool(plan and plan.member_limit is not None)


def describe_limit_excess(more: int, *, for_adding: bool = False) -> dict[str, str]:
    """Return the numbers for a text (limit, there, more) when ``more`` new members would not fit, else {}.

    ``for_adding``: whoever else is about to add some waits until the caller's transaction ends, so that two who each
    fit do not pass the limit together.
    """
    plan = find_plan() if more else None
    if not plan or plan.member_limit is None:
        return {}
    if for_adding:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, %s::bigint::bit(32)::int)",
                [LOCK_CLASS, get_current_tenant_id()],
            )
    there = count_stored_members(plan)
    if there + more <= plan.member_limit:
        return {}
    return {
        "limit": f"{plan.member_limit:,}",
        "there": f"{there:,}",
        "more": f"{more:,}",
    }


def explain_import_excess(more: int, *, for_adding: bool = False) -> str:
    """Return why ``more`` new members cannot be loaded, and what to do; "" when they can."""
    if numbers := describe_limit_excess(more, for_adding=for_adding):
        return (
            _(
                "会員数の上限（%(limit)s名）を超えるため、取り込みを保留しました。今の会員は%(there)s名、追加は%(more)s名です。プランを変更するか、行を減らしてください。"
            )
            % numbers
        )
    return ""


def refuse_limit_excess(more: int) -> None:
    """Raise JobFailed when ``more`` new members would not fit."""
    if refusal := explain_import_excess(more, for_adding=True):
        raise JobFailed(refusal)


def explain_broadcast_hold() -> str:
    """Return why no broadcast may be started, and what to do; "" below the limit."""
    if numbers := describe_limit_excess(1):
        return (
            _(
                "会員数の上限（%(limit)s名）に達しているため、一斉配信の開始を保留しています。今の会員は%(there)s名です。プランを変更するか、不要な会員を削除してください。ステップメッセージとフォームの自動返信は続きます。"
            )
            % numbers
        )
    return ""
