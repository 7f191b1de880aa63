"""The columns of a file for a field of Member, by the type of what it holds."""

from collections.abc import Iterable

from django.db.models import F, TextField
from django.db.models.functions import Cast

from members.attributes import file_values
from members.attributes.member_field import (
    Column,
    LazyText,
)


def make_text_column(name: str, label: LazyText) -> Column:
    return Column(name, label, lambda: F(name))


def make_moment_column(name: str, label: LazyText) -> Column:
    return Column(name, label, lambda: file_values.build_moment_text(name))


def make_number_column(name: str, label: LazyText) -> Column:
    return Column(name, label, lambda: Cast(name, TextField()), number=True)


def make_choice_column(
    name: str, label: LazyText, choices: Iterable[tuple[str, LazyText]]
) -> Column:
    return Column(name, label, lambda: file_values.build_choice_text(name, choices))
