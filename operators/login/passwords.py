"""What is no password although it is long."""

from collections import Counter
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FEWEST_DIFFERENT = 5


class VariedPasswordValidator:
    """Refuses the same few characters over and over, and rows such as 123456789012."""

    def validate(self, password: str, user: object = None) -> None:
        steps = Counter(ord(b) - ord(a) for a, b in pairwise(password))
        longest_row = steps.most_common(1)[0][1] if steps else 0
        # 123456789012 goes back once.
        in_a_row = longest_row >= len(password) - 2
        if len(set(password)) < FEWEST_DIFFERENT or in_a_row:
            raise ValidationError(
                _(
                    "推測されやすいパスワードです。同じ文字のくり返しや、順に並べただけの文字は避けてください。"
                ),
                code="password_not_varied",
            )

    def get_help_text(self) -> str:
        return _("同じ文字のくり返しや、順に並べただけの文字は使えません。")
