"""Text in conditions: parts of it, whole values pasted as a list, telephone numbers as they are dialled."""

import re
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from members.attributes.member_field import Question
from members.conditions.fields.families import make_field
from members.conditions.kinds.base import NOTHING, Text, Values
from members.conditions.registry import Field, Way
from members.conditions.search import get_search_text
from members.normalize.text import normalize_text
from members.valuelists.lists import build_value_in_list_q

LIST_WAYS = (
    Way(
        "in_list",
        gettext_lazy("いずれかに等しい"),
        NOTHING,
        gettext_lazy("%(value)sに一致"),
    ),
    Way(
        "not_in_list",
        gettext_lazy("どれとも等しくない"),
        NOTHING,
        gettext_lazy("%(value)s以外"),
    ),
)
TEXT_WAYS = (
    Way("contains", gettext_lazy("含む"), Text(), gettext_lazy("%(value)sを含む")),
    Way("lacks", gettext_lazy("含まない"), Text(), gettext_lazy("%(value)sを含まない")),
    Way("starts", gettext_lazy("で始まる"), Text(), gettext_lazy("%(value)sで始まる")),
)
EMPTY_WAYS = (
    Way("empty", gettext_lazy("未登録"), NOTHING, gettext_lazy("未登録")),
    Way("filled", gettext_lazy("登録あり"), NOTHING, gettext_lazy("登録あり")),
)


def build_list_ways(field: str) -> tuple[Way, ...]:
    kind = Values(field)
    return tuple(Way(way.op, way.label, kind, way.said, way.group) for way in LIST_WAYS)


def build_list_q(field: str, op: str, key: str) -> Q:
    """Return the Q for members who have a value, their own or that of a linked customer, in the list or not."""
    return (
        build_value_in_list_q(field, key)
        if op == "in_list"
        else ~build_value_in_list_q(field, key)
    )


def _build_text_q(column: str, op: str, text: str) -> Q:
    """Return the Q for a text in the form in which the column stores it.

    A text of which nothing is left in that form finds nobody.
    """
    if not text:
        return Q(pk__in=[])
    found = Q((f"{column}__{'startswith' if op == 'starts' else 'contains'}", text))
    return ~found if op == "lacks" else found


def _build_contact_compiler(question: Question) -> Any:
    """Return the function that compiles a contact field. Its key normalizes what is typed as the column stores it."""

    def compiled(op: str, value: Any) -> Q:
        if op in ("empty", "filled"):
            return (
                Q((question.column, "")) if op == "empty" else ~Q((question.column, ""))
            )
        if op in ("in_list", "not_in_list"):
            return build_list_q(question.values, op, value)
        return _build_text_q(question.column, op, question.key(get_search_text(value)))

    return compiled


def _compile_phone(otherwise: Any, op: str, value: Any) -> Q:
    """Return the Q for a number as it is dialled; ``otherwise`` compiles the operators that compare no typed digits.

    「0312」, 「+81312」 and 「0081312」 are how a number begins. Other digits are searched for behind the country's
    code, of which nobody thinks.
    """
    if op not in ("contains", "lacks", "starts"):
        return otherwise(op, value)
    typed = normalize_text(get_search_text(value))
    number = "".join(letter for letter in typed if letter.isdecimal())
    if not number:
        return Q(pk__in=[])
    dialled = f"+{number}" if typed.startswith("+") else number
    begun = JAPANESE_PREFIX.sub("+81", dialled)
    if begun.startswith("+"):
        found = Q(phone_e164__startswith=begun)
    else:
        found = Q(
            phone_e164__regex=rf"^\+(81|(?!81)){'' if op == 'starts' else '[0-9]*'}{number}"
        )
    return ~found if op == "lacks" else found


JAPANESE_PREFIX = re.compile(r"^(?:(?:\+|00|010)810?|0)")


def make_text_field(question: Question) -> Field:
    ways = (*TEXT_WAYS, *build_list_ways(question.values), *EMPTY_WAYS)
    return make_field(question, ways, _build_contact_compiler(question))


def make_contact_field(question: Question) -> Field:
    """Whole values are pasted more often than parts of them are typed."""
    ways = (*build_list_ways(question.values), *TEXT_WAYS, *EMPTY_WAYS)
    return make_field(question, ways, _build_contact_compiler(question))


def make_phone_field(question: Question) -> Field:
    ways = (*build_list_ways(question.values), *TEXT_WAYS, *EMPTY_WAYS)
    return make_field(
        question, ways, partial(_compile_phone, _build_contact_compiler(question))
    )


def make_listed_field(question: Question) -> Field:
    values = question.values
    return make_field(
        question, build_list_ways(values), lambda op, key: build_list_q(values, op, key)
    )


def _compile_line_name(op: str, value: Any) -> Q:
    if op in ("empty", "filled"):
        return Q(line_name="") if op == "empty" else ~Q(line_name="")
    text = normalize_text(get_search_text(value))
    if not text:
        return Q(pk__in=[])
    found = Q((f"line_name__{'istartswith' if op == 'starts' else 'icontains'}", text))
    return ~found if op == "lacks" else found


def make_line_name_field(question: Question) -> Field:
    return make_field(question, (*TEXT_WAYS, *EMPTY_WAYS), _compile_line_name)
