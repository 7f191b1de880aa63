"""Fields of dates: the moments that a member has, and since when the member wants no messages by a channel."""

from functools import partial

from members.attributes.member_field import Question
from members.conditions.fields.families import make_family, make_field
from members.conditions.kinds.days import DATE_WAYS, build_empty_ways, build_period_q
from members.conditions.registry import Field


def _make_moments_field(question: Question) -> Field:
    """Build a field on a column of moments."""
    named = (question.empty, question.filled) if question.empty else ()
    ways = (*DATE_WAYS, *build_empty_ways(*named))
    return make_field(question, ways, partial(build_period_q, question.name))


FIELDS = make_family("moments", _make_moments_field)
