"""Telephone numbers: as they are stored, matched (E.164) and read. '' means that nobody can be called by it.

Source: phonenumbers' metadata for Japan.
"""

import re
from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from members.normalize.text import normalize_text

PHONE_NOISE = re.compile(r"[\s\-‐‑‒–—―−ー─━~〜・･.()\[\]/]+")


# Subscriber numbers of mobiles never begin with 0; 060 was opened in 2026.
MOBILE = re.compile(r"(?:0|\+81|0081)([6789]0[1-9][0-9]{7})")


MOBILE_E164 = re.compile(r"\+81([6789]0)([0-9]{4})([0-9]{4})")


LONGEST_PHONE = 40


def normalize_phone(text: str) -> str:
    """Return the number in E.164 form, or '' when it is no valid number.

    「０９０・1234－5678」, "0081 90…" and "9012345678", whose 0 got lost, all become "+819012345678".
    """
    cleaned = PHONE_NOISE.sub("", normalize_text(text))
    mobile = MOBILE.fullmatch(cleaned)
    return f"+81{mobile[1]}" if mobile else normalize_rare_phone(cleaned)


def normalize_rare_phone(cleaned: str) -> str:
    """Return what the library makes of the number: slower, but it knows every valid one.

    A number that names no country is taken for a Japanese one. '' when it is not valid.
    """
    if len(cleaned) > LONGEST_PHONE or not any(c.isdigit() for c in cleaned):
        return ""
    try:
        number = phonenumbers.parse(re.sub(r"^(?:00|010)81", "+81", cleaned), "JP")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(4096)
def format_national_phone(e164: str) -> str:
    """Format an E.164 number for reading: "+819012345678" becomes "090-1234-5678".

    Numbers of other countries stay international; '' stays ''.
    """
    if mobile := MOBILE_E164.fullmatch(e164):
        return f"0{mobile[1]}-{mobile[2]}-{mobile[3]}"
    if not e164.startswith("+"):
        return e164
    number = phonenumbers.parse(e164)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        number, style.NATIONAL if number.country_code == 81 else style.INTERNATIONAL
    )


def clean_phone(text: str) -> str:
    """Return the number as it is stored, in one width; '' passes.

    Raise ValidationError when nobody can be called by it.
    """
    kept = normalize_text(text)
    if kept and not normalize_phone(kept):
        raise ValidationError(
            _(
                "電話番号として使えない番号です。「090-1234-5678」のように、市外局番から半角または全角の数字で入力してください。"
            ),
            code="phone",
        )
    return kept
