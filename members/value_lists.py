"""Lists of values pasted or uploaded for a condition: normalised, kept as rows, named by a random key."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from members.models import Member, ValueList, ValueListEntry
from members.normalising import INVISIBLE, ORDINARY, email_key
from members.tidying import tidy_later
from tenants import audit
from tenants.scope import current_tenant_id

MOST = 1_000_000
# From here on the planner must be told: it takes what it has not counted for one row.
MANY = 5_000
SEPARATORS = re.compile(r"[\s,;、，；\0]+")
LOAD = """
INSERT INTO members_valuelistentry (tenant_id, list_id, value)
SELECT %s, %s, value FROM unnest(string_to_array(%s, ' ')) AS value
"""


@dataclass(frozen=True)
class Parsed:
    """``keys`` without repeats; given = len(keys) + duplicate + invalid."""

    keys: list[str]
    given: int
    duplicate: int
    invalid: int


def parse_emails(text: str) -> Parsed:
    """Addresses between commas, semicolons, blanks, tabs, newlines or 、 of any width.

    Raises ValidationError when there are more than 1,000,000.
    """
    text = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).translate(INVISIBLE).lower()
    given = [value for value in SEPARATORS.split(text) if value]
    repeats = dict.fromkeys(given)
    if len(repeats) > MOST:
        raise ValidationError(_("100万件を超える値は検索できません。100万件以下に分けてください。"), code="too_many")
    keys = {value: key_of(value) for value in repeats}
    invalid = sum(1 for value in given if not keys[value]) if not all(keys.values()) else 0
    unique = sorted({key for key in keys.values() if key})
    return Parsed(unique, len(given), len(given) - invalid - len(unique), invalid)


def key_of(value: str) -> str:
    """email_key for a value that already has one width and case: the ordinary address first."""
    if ORDINARY.fullmatch(value) and len(value) < 64 and "--" not in value:
        return value
    return email_key(value) or email_key(value.strip("\"'<>()"))


def decoded(data: bytes) -> str:
    """An uploaded file as text: UTF-8, else what Excel writes in Japan. Raises ValidationError for anything else."""
    for encoding in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(
        _("ファイルの文字を読み取れません。テキストまたはCSV（UTF-8かShift_JIS）で保存し直してください。"),
        code="encoding",
    )


@transaction.atomic
def make_list(text: str, field: str = "email") -> ValueList:
    """Keep the values of a text as rows, in one statement."""
    parsed = parse_emails(text)
    if not parsed.keys:
        raise ValidationError(
            _("メールアドレスが見つかりません。カンマや改行で区切ったメールアドレスを貼り付けてください。"),
            code="empty",
        )
    values = ValueList.objects.create(
        field=field, given=parsed.given, duplicate=parsed.duplicate, invalid=parsed.invalid
    )
    with connection.cursor() as cursor:
        cursor.execute(LOAD, [current_tenant_id(), values.pk, " ".join(parsed.keys)])
        if len(parsed.keys) >= MANY:
            cursor.execute("ANALYZE members_valuelistentry")
    tidy_later()
    audit.record("value_list.made", values, given=parsed.given)
    return values


# ---------------------------------------------------------------- whose values
@dataclass(frozen=True)
class Source:
    """Addresses of members kept by another app: rows with a member and a key, such as linked customers of a cart."""

    rows: Callable[[], QuerySet]
    member: str
    key: str


SOURCES: dict[str, list[Source]] = {"email": [Source(lambda: Member.objects.all(), "pk", "email_key")]}


def register_source(field: str, source: Source) -> None:
    """Members are found by these values too, from now on."""
    SOURCES[field].append(source)


def has_value(field: str, key: str) -> Q:
    """Members one of whose values, of their own or in another app, is in the list of this random key."""
    values = entries(key).values("value")
    first, *others = (
        source.rows()
        .filter(**{f"{source.key}__in": values, f"{source.member}__isnull": False})
        .order_by()
        .values(source.member)
        for source in SOURCES[field]
    )
    return Q(pk__in=first.union(*others)) if others else Q((f"{SOURCES[field][0].key}__in", values))


def entries(key: str) -> QuerySet[ValueListEntry]:
    """By the list's own number: with a join to its key the planner could not guess how many there are."""
    number = ValueList.objects.filter(public_id=key).values_list("pk", flat=True).first()
    return ValueListEntry.objects.filter(list_id=number or 0)


def found(values: ValueList) -> QuerySet[ValueListEntry]:
    """The entries that some member has."""
    return values.entries.filter(known_to_somebody(values.field))


def not_found(values: ValueList) -> QuerySet[ValueListEntry]:
    return values.entries.exclude(known_to_somebody(values.field))


def known_to_somebody(field: str) -> Q:
    return Q(
        *(Q(Exists(source.rows().filter(**{source.key: OuterRef("value")}))) for source in SOURCES[field]),
        _connector=Q.OR,
    )


@dataclass(frozen=True)
class Report:
    """Counts of values, and of the members they found: two members may share an address."""

    given: int
    duplicate: int
    invalid: int
    matched: int
    not_found: int
    members: int


def report(values: ValueList) -> Report:
    matched = found(values).count()
    members = Member.objects.filter(has_value(values.field, values.public_id)).count()
    return Report(values.given, values.duplicate, values.invalid, matched, values.usable - matched, members)
