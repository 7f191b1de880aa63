"""郵便番号: seven digits, from which the server fills the address."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms_builder.questions.base import FieldKind
from members.normalize.phones import PHONE_NOISE
from members.normalize.text import normalize_text

DIGITS = re.compile(r"\d{7}")


class PostalCodeKind(FieldKind):
    label = gettext_lazy("郵便番号")
    icon = "map-pin"
    help = gettext_lazy("例：100-0005")
    once = True
    item = "postal_code"
    asked_as = "text"
    longest = 20
    attrs = {"inputmode": "numeric", "autocomplete": "postal-code", "data-postal": ""}

    def clean_text(self, text: str) -> str:
        code = read_postal_code(text)
        if text and not code:
            raise ValidationError(
                _("郵便番号として読み取れません。7桁の数字で入力してください。")
            )
        return f"{code[:3]}-{code[3:]}" if code else ""

    def mask(self, text: str) -> str:
        return f"{text[:3]}-****"


def read_postal_code(text: str) -> str:
    """Return the seven digits of 「〒１００－０００５」; "" when there are not seven."""
    digits = PHONE_NOISE.sub("", normalize_text(text).replace("〒", ""))
    return digits if DIGITS.fullmatch(digits) else ""
