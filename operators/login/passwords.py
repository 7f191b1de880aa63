"""What is no password although it is long: what is easily guessed, and what was leaked somewhere."""

import hashlib
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
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


# As people write a word that they know is refused.
SPELT = str.maketrans("0134578@$!", "oleastbasi")
ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
LONGEST_LINE = 64


class LeakedPasswordValidator(CommonPasswordValidator):
    """Refuses passwords that were leaked, without asking anybody outside.

    The 20,000 most frequent of the big leaks come with Django; they are short, so a password is refused as well where
    it is one of them with digits and signs around it, twice over, or spelt with signs. An installation may name a file
    of all known leaks (LEAKED_LIST: SHA-1 in capitals, one a line, ordered, as Have I Been Pwned gives it out).
    """

    def validate(self, password: str, user: object = None) -> None:
        if self.is_dressed_up(password) or is_in_file(password):
            raise ValidationError(
                _(
                    "どこかから漏れたことのあるパスワードか、よく使われる言葉に数字や記号を足したものです。別のパスワードにしてください。"
                ),
                code="password_leaked",
            )

    def is_dressed_up(self, password: str) -> bool:
        """Return whether a frequent password is all that is in it."""
        plain = password.lower().strip()
        cores = {plain, ENDS.sub("", plain), ENDS.sub("", plain).translate(SPELT)}
        halves = {core[: len(core) // 2] for core in cores if is_doubled(core)}
        return any(core in self.passwords for core in cores | halves if len(core) > 3)

    def get_help_text(self) -> str:
        return _(
            "漏れたことのあるパスワードや、よく使われる言葉に数字や記号を足しただけのものは使えません。"
        )


def is_doubled(text: str) -> bool:
    half = len(text) // 2
    return half > 0 and text[:half] == text[half:]


def is_in_file(password: str) -> bool:
    """Look the password's SHA-1 up in the installation's ordered file, by halving; False where there is none."""
    if not settings.LEAKED_LIST:
        return False
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    with Path(settings.LEAKED_LIST).open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:
            middle = (low + high) // 2
            file.seek(max(middle - 1, 0))
            if middle:
                file.readline()
            start = file.tell()
            line = file.readline(LONGEST_LINE)
            found = line[:40].decode("ascii", "replace")
            if found == wanted:
                return True
            if found and found < wanted:
                low = start + len(line)
            else:
                high = middle
    return False
