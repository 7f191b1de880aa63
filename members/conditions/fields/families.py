"""The columns of a member become fields of conditions: those asked about alike are one family."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from members.attributes.member_field import Question
from members.attributes.member_fields import FIELDS
from members.conditions.registry import Field, Way
from members.models.attributes import COLUMNS


def make_family(name: str, make: Callable[[Question], Field]) -> tuple[Field, ...]:
    """Return a field for every column of a member whose question is of that family."""
    asked = (each.asked for each in FIELDS.values() if each.asked)
    return tuple(make(question) for question in asked if question.family == name)


def make_field(
    question: Question, ways: tuple[Way, ...], compiled: Callable[[str, Any], Q]
) -> Field:
    item = question.name if question.name in COLUMNS else ""
    personal = any(each.personal for each in FIELDS.values() if each.asked is question)
    return Field(
        question.name,
        question.label,
        question.group,
        ways,
        compiled,
        item=item,
        personal=personal,
    )
