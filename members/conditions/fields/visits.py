"""How often members were there."""

from functools import partial

from django.utils.translation import gettext_lazy

from members.attributes.member_field import Question
from members.conditions.fields.families import make_family, make_field
from members.conditions.kinds.numbers import build_number_q, build_number_ways
from members.conditions.registry import Field

WAYS = build_number_ways(gettext_lazy("回"), nullable=False)


def _make_count_field(question: Question) -> Field:
    return make_field(question, WAYS, partial(build_number_q, question.name))


FIELDS = make_family("count", _make_count_field)
