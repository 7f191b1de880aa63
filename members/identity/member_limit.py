"""How many members a shop may have. At the limit friends still come in, imports are held."""

from django.utils.translation import gettext as _

from jobs.runner import JobFailed
from members.extension import extensions
from members.models import Member


def describe_limit_excess(more: int) -> dict[str, str]:
    """Return the numbers for a text (limit, there, more) when ``more`` new members would not fit, else {}."""
    asked = [each.member_limit for each in extensions.values() if each.member_limit]
    limits = [limit for ask in asked if (limit := ask()) is not None]
    there = Member.objects.filter(deleted_at=None).count() if more and limits else 0
    if not more or not limits or there + more <= min(limits):
        return {}
    return {"limit": f"{min(limits):,}", "there": f"{there:,}", "more": f"{more:,}"}


def refuse_limit_excess(more: int) -> None:
    """Raise JobFailed when ``more`` new members would not fit."""
    if numbers := describe_limit_excess(more):
        raise JobFailed(
            _(
                "会員数の上限（%(limit)s名）を超えるため、取り込みを保留しました。今の会員は%(there)s名、追加は%(more)s名です。プランを変更するか、行を減らしてください。"
            )
            % numbers
        )
