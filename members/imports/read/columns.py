"""What a column of a file can be, described by django-import-export: its fields and widgets clean one cell.

Only the description is the library's. Its own import, row by row, took over an hour for a million rows; so
members/imports/check/clean.py cleans a whole column, with these widgets for what is not of the ordinary form.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.resources import Resource
from import_export.widgets import Widget

from members.attributes.values import parse_attribute_value
from members.imports.read.shift_jis import restore_name
from members.imports.read.synonyms import OPTED_OUT
from members.models import Attribute, Tag
from members.normalize.birthdays import NO_BIRTHDAY, Birthday, parse_birthday
from members.normalize.dates import parse_day
from members.normalize.excel_errors import is_error_word
from members.normalize.keys import (
    PHONE_NOISE,
    clean_name,
    normalize_email,
    normalize_label,
    normalize_name,
    normalize_phone,
    normalize_text,
)

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


class AttributeWidget(CellWidget):
    """The value of a 会員情報項目 as text that PostgreSQL reads back: 1200.0, 2026-11-22, 青."""

    blank = (None,)

    def __init__(self, attribute: Attribute) -> None:
        self.attribute, self.columns = attribute, (f"attribute:{attribute.pk}",)
        super().__init__()

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Cells:
        if self.attribute.kind == Attribute.Kind.CHOICE:
            value = restore_name(value, self.attribute.choices)
        typed = parse_attribute_value(self.attribute, value)
        return (None if typed is None else str(typed),)


class NamePartWidget(CellWidget):
    """A half of the name; both halves become one before NameWidget sees them."""

    columns = ("name_part",)


IGNORE = "ignore"


class MemberResource(Resource):
    """The columns of a file about members; those of the shop's attributes are added to them below."""

    name = Field("name", _("氏名"), NameWidget())
    family = Field("family", _("姓"), NamePartWidget())
    given = Field("given", _("名（姓を除く）"), NamePartWidget())
    email = Field("email", _("メールアドレス"), EmailWidget())
    phone = Field("phone", _("電話番号"), PhoneWidget())
    line = Field("line_user_id", _("LINEユーザーID"), LineWidget())
    id = Field("public_id", _("会員ID"), IdWidget())
    birthday = Field("birthday", _("生年月日"), BirthdayWidget())
    tags = Field("tags", _("タグ"), TagsWidget())
    line_optout = Field(
        "line_optout", _("受信拒否（LINE）"), OptoutWidget("line_optout")
    )
    mail_optout = Field(
        "mail_optout", _("受信拒否（メール）"), OptoutWidget("mail_optout")
    )


# Imported only where the operator said so by a switch.
CONSENT = ("line_optout", "mail_optout")
# The columns that find a member, strongest first.
KEYS: dict[str, Promise] = {
    "id": _("会員ID"), "line": _("LINEユーザーID"), "email": _("メールアドレス"), "phone": _("電話番号"),
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One thing a column can be: ``key`` is stored in the mapping, ``label`` is read by the operator."""

    key: str
    label: str
    widget: CellWidget


def list_targets() -> dict[str, Target]:
    """Return all targets by key, among them the attributes of the shop that are in use."""
    fields: dict[str, Field] = MemberResource().fields
    rows = Attribute.objects.order_by("position", "pk")
    archived = {each.system for each in rows if each.archived_at}
    archived |= {"family", "given"} if "name" in archived else set()
    found = {key: Target(key, str(field.column_name), field.widget) for key, field in fields.items()
             if key not in archived}  # fmt: skip
    tags = list(Tag.objects.order_by("pk").values_list("name", flat=True))
    found["tags"] = Target("tags", found["tags"].label, TagsWidget(tags))
    for attribute in (
        each for each in rows if not each.system and not each.archived_at
    ):
        key = f"attribute:{attribute.pk}"
        found[key] = Target(key, attribute.name, AttributeWidget(attribute))
    return found
