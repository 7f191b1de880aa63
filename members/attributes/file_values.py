"""Columns of a file as SQL: one statement turns every value into the text of its cell."""

from collections.abc import Iterable
from typing import Any

import phonenumbers
from django.conf import settings
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    F,
    Func,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat, LPad, NullIf, Substr

LazyText = Any


def build_empty_text() -> Value:
    """Return an empty text, for a column that is made of other rows only."""
    return Value("", output_field=TextField())


def _build_day_text(field: Combinable | str) -> Func:
    return Func(
        field, Value("YYYY/MM/DD"), function="to_char", output_field=TextField()
    )


def build_moment_text(field: Combinable | str) -> Func:
    """Return the time as text, in the shops' time zone."""
    local = Func(Value(settings.TIME_ZONE), field, function="timezone")
    return Func(
        local, Value("YYYY/MM/DD HH24:MI"), function="to_char", output_field=TextField()
    )


def build_choice_text(field: str, choices: Iterable[tuple[str, LazyText]]) -> Case:
    """Return a state as the console calls it; one that no longer exists stays as it is."""
    cases = [When(**{field: key, "then": Value(str(label))}) for key, label in choices]
    return Case(*cases, default=F(field), output_field=CharField())


def build_birthday_text() -> Case:
    """Return the birthday as text: 1985/11/22, or 11/22 when nobody knows the year."""
    digits = LPad(_cast_to_text("birth_md"), 4, Value("0"))
    short = Concat(Substr(digits, 1, 2), Value("/"), Substr(digits, 3, 2))
    return Case(
        When(birthday__isnull=False, then=_build_day_text("birthday")),
        When(birth_md__isnull=False, then=short),
        output_field=TextField(),
    )


def _cast_to_text(field: Combinable | str) -> Func:
    return Func(field, template="(%(expressions)s)::text", output_field=TextField())


def build_phone_text() -> Coalesce:
    """Return the phone number as everybody writes it, such as 090-1234-5678, in the library's own grouping.

    A number that cannot be used stays as it came.
    """
    return Coalesce(
        NullIf(_build_national_number(), Value("")),
        F("phone"),
        output_field=TextField(),
    )


# Nearly all numbers are mobiles. They skip the sixteen patterns of landlines and all others, which would take four
# times as long. A key contains digits only.
IS_MOBILE = "%(expressions)s LIKE '+81_0________' AND ascii(substr(%(expressions)s, 4, 1)) BETWEEN 54 AND 57"
MOBILE = "'0' || substr({0}, 4, 2) || '-' || substr({0}, 6, 4) || '-' || substr({0}, 10)".format(
    "%(expressions)s"
)


def _build_mobile_text() -> Func:
    return Func("phone_e164", template=MOBILE, output_field=TextField())


def _build_national_number() -> Case:
    """Return the national form of Japanese numbers, the same as in members/normalize/phones.py.

    Numbers of other countries stay as they are stored.
    """
    national = Substr("phone_e164", 4)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region("JP")
    assert metadata
    cases = [
        When(
            Func("phone_e164", template=IS_MOBILE, output_field=BooleanField()),
            then=_build_mobile_text(),
        ),
        When(phone_e164="", then=Value("")),
        When(~Q(phone_e164__startswith="+81"), then=F("phone_e164")),
    ]
    for style in metadata.number_format:
        lead = style.leading_digits_pattern[-1]
        pattern = rf"^\+81(?=(?:{lead})){style.pattern}$"
        trunk = "0" if style.national_prefix_formatting_rule else ""
        grouped = Func(
            national,
            Value(f"^{style.pattern}$"),
            Value(f"{trunk}{style.format}"),
            function="regexp_replace",
            output_field=TextField(),
        )
        cases.append(When(phone_e164__regex=pattern, then=grouped))
    return Case(*cases, default=Concat(Value("0"), national), output_field=TextField())
