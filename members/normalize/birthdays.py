"""生年月日: a full date, or only month and day when nobody knows the year."""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from members.normalize.dates import is_blank_day, parse_day, parse_month_day

EARLIEST = dt.date(1880, 1, 1)


@dataclass(frozen=True)
class Birthday:
    """The columns of Member: ``birthday`` (None when the year is unknown) and ``birth_md`` (month × 100 + day)."""

    birthday: dt.date | None
    birth_md: int | None

    def __str__(self) -> str:
        if self.birthday:
            return f"{self.birthday:%Y/%m/%d}"
        return (
            f"{self.birth_md // 100:02}/{self.birth_md % 100:02}"
            if self.birth_md
            else ""
        )


NO_BIRTHDAY = Birthday(None, None)


def build_birthday(day: dt.date) -> Birthday:
    return Birthday(day, day.month * 100 + day.day)


def parse_birthday(text: str) -> Birthday:
    """Parse 「1985/11/22」, 「昭和60年11月22日」 or 「11/22」, typed in any character width.

    Return NO_BIRTHDAY for blank text and 0000-00-00.
    Raise ValidationError when it is no date, lies in the future or before EARLIEST.
    """
    if is_blank_day(text):
        return NO_BIRTHDAY
    if month_day := parse_month_day(text):
        return Birthday(None, month_day)
    day = parse_day(text)
    if day is None:
        raise ValidationError(
            _(
                "生年月日として読み取れません。「1985/11/22」、年が分からないときは「11/22」の形で入力してください。"
            ),
            code="birthday",
        )
    if not EARLIEST <= day <= timezone.localdate():
        raise ValidationError(
            _(
                "生年月日が未来か、古すぎる日付です。西暦の年を確かめて、入力し直してください。"
            ),
            code="birthday_range",
        )
    return build_birthday(day)
