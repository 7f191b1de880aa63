"""What the values of an attribute are, kind by kind: read, stored, shown, asked for, taken in and written out.

A new kind is its class here and its line in ``Attribute.Kind``.
"""

import datetime as dt
import math
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import DateInput
from members.models import Attribute, AttributeValue
from members.normalize.dates import is_blank_day, parse_day
from members.normalize.names import normalize_label
from members.normalize.numbers import clean_number

LONGEST_TEXT = 500


class AttributeKind:
    """Text of any kind, and what the other kinds differ in.

    ``column``: of AttributeValue (text, number or date). ``asked_as``: how conditions ask about it, one of FAMILIES in
    members/conditions/fields/attributes.py. ``exported``: the SQL of the text in a file; ``l`` is the value's row.
    ``is_number``: it stands to the right, and nothing in it could be a formula. ``has_choices``: the shop lists the
    values. ``is_plain``: ordinary text of an imported file is the value as it stands.
    """

    column = "text"
    asked_as = "text"
    exported = "l.text"
    is_number = False
    has_choices = False
    is_plain = False
    input_mode = "text"
    import_note: str | Promise = gettext_lazy("会員情報項目。500文字までの文章です。")

    def parse(self, attribute: Attribute, typed: str) -> Any:
        """Return the value that ``typed``, which is not empty, means. Raise ValidationError with cause and remedy."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """Return the value of the column as every page shows it."""
        return str(value)

    def from_json(self, value: Any) -> Any:
        """Return what the history holds as ``value``; None where it comes from a kind that the item had before."""
        return value if isinstance(value, str) else None

    def make_input(self, attribute: Attribute) -> forms.Widget:
        """Return the widget that a value is typed or chosen with."""
        return forms.TextInput(attrs={"maxlength": LONGEST_TEXT})


class TextKind(AttributeKind):
    is_plain = True

    def parse(self, attribute: Attribute, typed: str) -> str:
        if len(typed) > LONGEST_TEXT:
            words = _(
                "%(most)s文字を超えています（%(given)s文字）。%(most)s文字以内にしてください。"
            )
            raise ValidationError(
                words % {"most": LONGEST_TEXT, "given": len(typed)}, code="max_length"
            )
        return typed


class NumberKind(AttributeKind):
    column = "number"
    asked_as = "number"
    exported = "l.number::text"
    is_number = True
    input_mode = "decimal"
    import_note = gettext_lazy("会員情報項目。「1200」のように数字だけで入力します。")

    def parse(self, attribute: Attribute, typed: str) -> float:
        cleaned = clean_number(typed, units="円")
        number = float(cleaned) if cleaned else math.inf
        if not abs(number) < 1e15:
            raise ValidationError(
                _(
                    "数値として読み取れません。「1200」や「-3.5」のように、15桁までの数字だけで入力してください。"
                ),
                code="number",
            )
        return number

    def show(self, value: float) -> str:
        # A float is exact to 15 digits; more would be noise.
        return f"{Decimal(f'{value:.15g}'):,f}"

    def from_json(self, value: Any) -> float | None:
        return value if isinstance(value, int | float) else None

    def make_input(self, attribute: Attribute) -> forms.Widget:
        return forms.TextInput(attrs={"inputmode": "decimal", "data-width": "s"})


class AnyDateInput(DateInput):
    """Shows a day however it was typed."""

    def format_value(self, value: Any) -> str | None:
        day = parse_day(value) if isinstance(value, str) else value
        return super().format_value(day)


class DateKind(AttributeKind):
    column = "date"
    asked_as = "days"
    exported = "to_char(l.date, 'YYYY/MM/DD')"
    import_note = gettext_lazy("会員情報項目。「2026/11/22」の形で入力します。")

    def parse(self, attribute: Attribute, typed: str) -> dt.date | None:
        if is_blank_day(typed):
            return None
        day = parse_day(typed)
        if day is None:
            raise ValidationError(
                _(
                    "日付として読み取れません。「2026/11/22」の形で、実在する日付を入力してください。"
                ),
                code="date",
            )
        return day

    def show(self, value: dt.date) -> str:
        return f"{value:%Y/%m/%d}"

    def from_json(self, value: Any) -> dt.date | None:
        return parse_day(value) if isinstance(value, str) else None

    def make_input(self, attribute: Attribute) -> forms.Widget:
        return AnyDateInput()


class ChoiceKind(AttributeKind):
    asked_as = "choices"
    has_choices = True
    import_note = gettext_lazy("会員情報項目。選択肢と同じ言葉を入力します。")

    def parse(self, attribute: Attribute, typed: str) -> str:
        """Return one of the attribute's choices as it is written there; width and case do not matter."""
        found = {normalize_label(choice): choice for choice in attribute.choices}.get(
            normalize_label(typed)
        )
        if found is None:
            words = _("選択肢にない値です。次のどれかを入力してください：%(choices)s")
            raise ValidationError(
                words % {"choices": _("、").join(attribute.choices)}, code="choice"
            )
        return str(found)

    def make_input(self, attribute: Attribute) -> forms.Widget:
        choices = [(each, each) for each in attribute.choices]
        return forms.Select(choices=[("", _("選んでください")), *choices])


KINDS: dict[str, AttributeKind] = {
    Attribute.Kind.TEXT: TextKind(),
    Attribute.Kind.NUMBER: NumberKind(),
    Attribute.Kind.DATE: DateKind(),
    Attribute.Kind.CHOICE: ChoiceKind(),
}


def get_kind(attribute: Attribute) -> AttributeKind:
    return KINDS[attribute.kind]


def show_value(attribute: Attribute, value: AttributeValue) -> str:
    """Return the row's value as every page shows it; "" for none."""
    kind = get_kind(attribute)
    stored = getattr(value, kind.column)
    return "" if stored is None or stored == "" else kind.show(stored)


def show_json(attribute: Attribute, value: Any) -> str:
    """Return what the history holds as ``value``, as every page shows it."""
    for kind in (get_kind(attribute), *KINDS.values()):
        if (stored := kind.from_json(value)) is not None:
            return kind.show(stored)
    return str(value)
