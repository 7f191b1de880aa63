"""How one cell of an imported file becomes the columns of a staged row, field by field.

The widgets are django-import-export's; a ValidationError's code is looked up in members/imports/error_texts.py.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from import_export.widgets import Widget

from members.attributes.file_words import OPTED_OUT
from members.normalize.birthdays import NO_BIRTHDAY, Birthday, parse_birthday
from members.normalize.dates import parse_day
from members.normalize.emails import normalize_email
from members.normalize.files.excel_errors import is_error_word
from members.normalize.files.shift_jis import restore_name
from members.normalize.names import clean_name, normalize_label, normalize_name
from members.normalize.phones import PHONE_NOISE, normalize_phone
from members.normalize.text import normalize_text

LINE_ID = re.compile(r"U[0-9a-f]{32}")
# Cells of a column go into these columns of ImportRow.
Cells = tuple[Any, ...]


class CellWidget(Widget):
    """``clean`` returns the cells of ``columns`` for one value; error_texts.py has a text for each code of an error."""

    columns: tuple[str, ...] = ()
    blank: Cells = ()


class NameWidget(CellWidget):
    columns, blank = ("name", "name_key"), ("", "")

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Cells:
        name = clean_name(value)
        if len(name) > 200:
            raise ValidationError("", code="name_long")
        return name, normalize_name(name)


class EmailWidget(CellWidget):
    columns, blank = ("email", "email_key"), ("", "")

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Cells:
        email = normalize_text(value)
        key = normalize_email(email)
        if email and not key:
            raise ValidationError(
                "", code="email" if email.count("@") == 1 else "email_at"
            )
        return email, key


class PhoneWidget(CellWidget):
    columns, blank = ("phone", "phone_e164"), ("", "")

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Cells:
        phone = normalize_text(value)
        key = normalize_phone(phone) if len(phone) <= 40 else ""
        if phone and not key:
            digits = PHONE_NOISE.sub("", phone).removeprefix("+")
            raise ValidationError(
                "", code="phone" if digits.isdigit() else "phone_letters"
            )
        return phone, key


class LineWidget(CellWidget):
    columns, blank = ("line_user_id",), ("",)

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Cells:
        given = normalize_text(value)
        if given and not LINE_ID.fullmatch(given):
            raise ValidationError("", code="line")
        return (given,)


class IdWidget(CellWidget):
    columns, blank = ("given_id",), ("",)

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Cells:
        given = normalize_text(value).lower()
        if given and not re.fullmatch(r"[0-9a-z]{12}", given):
            raise ValidationError("", code="id")
        return (given,)


class BirthdayWidget(CellWidget):
    columns, blank = ("birthday", "birth_md"), (None, None)

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Cells:
        born: Birthday = parse_birthday(value) if value.strip() else NO_BIRTHDAY
        return born.birthday, born.birth_md


class TagsWidget(CellWidget):
    """Tag names between ；、, or |, or on lines of their own, as (names,).

    ``known``: the names of all tags. Those that have such a sign in them stay whole.
    """

    columns, blank = ("tags",), ((),)
    SIGNS = r"[;；、,|｜\r\n]"

    def __init__(self, known: Sequence[str] = ()) -> None:
        super().__init__()
        self.known = known
        divided = [name for name in known if re.search(self.SIGNS, name)]
        self.divided = {normalize_label(name): name for name in divided}
        longest_first = sorted(divided, key=len, reverse=True)
        whole = "|".join(map(re.escape, longest_first)) or "(?!)"
        self.whole = re.compile(
            rf"(?:^|(?<={self.SIGNS}))\s*({whole})\s*(?={self.SIGNS}|$)", re.IGNORECASE
        )

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Cells:
        names = [
            restore_name(" ".join(name.replace("\0", "").split()), self.known)
            for name in self._split(value)
        ]
        kept = {
            normalize_label(name): name
            for name in reversed(names)
            if normalize_label(name) and not is_error_word(name)
        }
        if any(len(name) > 100 for name in kept.values()):
            raise ValidationError("", code="tag_long")
        return (tuple(reversed(kept.values())),)

    def _split(self, value: str) -> list[str]:
        if name := self.divided.get(normalize_label(value)):
            return [name]
        names, at = [], 0
        for found in self.whole.finditer(value) if self.divided else ():
            names += [*re.split(self.SIGNS, value[at : found.start()]), found[1]]
            at = found.end()
        return names + re.split(self.SIGNS, value[at:])


class OptoutWidget(CellWidget):
    blank = (None,)

    def __init__(self, column: str) -> None:
        self.columns = (column,)
        super().__init__()

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Cells:
        word = normalize_text(value).lower()
        if parse_day(word):  # the time of the opt-out, as in our own files
            return (True,)
        if word and word not in OPTED_OUT:
            raise ValidationError("", code="optout")
        return (OPTED_OUT.get(word),)


class NamePartWidget(CellWidget):
    """A half of the name; both halves become one before NameWidget sees them."""

    columns = ("name_part",)
