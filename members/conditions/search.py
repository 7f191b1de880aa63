"""Quick search: a name, an address or a number, in any width and spelling."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import astuple, dataclass
from typing import Any

from django.db import connection
from django.db.models import (
    BigAutoField,
    CharField,
    Lookup,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import OuterRef
from django.db.models.functions import Concat, Reverse, StrIndex
from django.db.models.lookups import Exact, GreaterThan

from members.extension import extensions
from members.models import MemberName, SearchText
from members.normalize.names import normalize_name
from members.normalize.phones import PHONE_NOISE
from members.normalize.text import normalize_text
from members.valuelists.cleanup import schedule_search_cleanup
from operators.masking import is_masked

# Up to so many members the search returns their ids, exactly; for more, the list is walked from its newest member.
MOST = 20_000
DIGITS = re.compile(r"\+?[0-9]{3,}")
CODE = re.compile(r"[0-9A-Za-z]{4,40}")
ADDRESS = re.compile(r"[!-~]{2,254}")
LAST = chr(0x10FFFF)

# Finds members by numbers of another app: text → ids of members.
Finder = Callable[[str], QuerySet[Any] | list[int]]


@BigAutoField.register_lookup
class Among(Lookup):
    """``pk__among="{1,2,3}"``: an array as PostgreSQL writes it, so that thousands of ids are one parameter."""

    lookup_name = "among"
    prepare_rhs = False
    kind = "bigint"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(%s::{self.kind}[])", (*params, self.rhs)


@CharField.register_lookup
class TextAmong(Among):
    """The same for texts, from a list: hundreds of them are one parameter."""

    kind = "text"


@dataclass(frozen=True)
class SearchTerms:
    """What one text may mean, each in the form in which it is stored; "" where it can mean nothing of that kind.

    ``phone_end`` is reversed.
    """

    name: str
    email: str
    phone: str
    phone_end: str
    code: str

    @classmethod
    def of(cls, text: str) -> "SearchTerms":
        text = unicodedata.normalize("NFKC", normalize_text(text))
        number = PHONE_NOISE.sub("", text)
        number = number if DIGITS.fullmatch(number) else ""
        return cls(
            name=normalize_name(text),
            email=text.lower() if ADDRESS.fullmatch(text) else "",
            phone=_build_phone_prefix(number),
            phone_end=number.lstrip("+")[::-1] if len(number) >= 4 else "",
            code=text if CODE.fullmatch(text) else "",
        )


def _build_phone_prefix(number: str) -> str:
    """Return "+8190123" for "090123"; a whole number may have lost its 0."""
    number = re.sub(r"^(?:\+|00|010)81(?:\(0\)|0)?", "0", number)
    if number.startswith("0"):
        return f"+81{number[1:]}" if len(number) > 1 else ""
    return (
        number
        if number.startswith("+")
        else f"+81{number}"
        if len(number) in (9, 10)
        else ""
    )


def build_search_q(text: str) -> Q:
    """Return the Q for the members whom the text finds.

    The name or LINE name contains the text; or the email, phone, LINE user id or 会員ID begins with it; or the phone
    ends with it; or the customer with whom the member is linked has it. Blanks,
    width, kana and variant kanji do not count. A single letter finds the names that begin with it.
    """
    words = SearchTerms.of(text)
    if not any(astuple(words)):
        return Q() if not normalize_text(text) else Q(pk__in=[])
    if is_masked():
        return _build_whole_q(words)
    members = find_member_ids(words)
    finders = (finder for each in extensions.values() for finder in each.finders)
    others = ",".join(
        sorted(
            {
                str(pk)
                for finder in finders
                for pk in finder(normalize_text(text))[:MOST]
            }
        )
    )
    if members is None:
        return _build_unindexed_q(words) | Q(pk__among=f"{{{others}}}")
    return Q(
        pk__among="{" + ",".join(part for part in (members[1:-1], others) if part) + "}"
    )


def _build_whole_q(words: SearchTerms) -> Q:
    """Return the Q for who has the text as a whole: whoever may not see a value may not guess it bit by bit."""
    found = Q(pk__in=[])
    for column, text in (
        ("name_key", words.name),
        ("email_key", words.email),
        ("phone_e164", words.phone),
        ("line_user_id", words.code),
        ("public_id", words.code.lower()),
    ):
        if text:
            found |= Q((column, text))
    return found


_searches: ContextVar["dict[SearchTerms, str | None] | None"] = ContextVar(
    "asked", default=None
)


@contextmanager
def cache_searches() -> Iterator[None]:
    """Cache searches inside the block.

    A page needs the same one for its rows, for its counts and to know whether they may be counted.
    """
    token = _searches.set({})
    try:
        yield
    finally:
        _searches.reset(token)


def find_member_ids(words: SearchTerms) -> str | None:
    """Return the members' ids as an array of PostgreSQL, or None when there are too many."""
    known = _searches.get()
    if known is None:
        return _query_member_ids(words)
    if words not in known:
        known[words] = _query_member_ids(words)
    return known[words]


def _query_member_ids(words: SearchTerms) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT members_search(%s, %s, %s, %s, %s, %s)::text",
            [*astuple(words), MOST],
        )
        (members,) = cursor.fetchone()
    return members


def is_search_too_common(text: str) -> bool:
    """Return whether so many members fit that a page must not count them."""
    words = SearchTerms.of(text)
    return any(astuple(words)) and find_member_ids(words) is None


def _build_unindexed_q(words: SearchTerms) -> Q:
    """Return the Q for the same search without the index.

    For words that many members share, a walk along the list soon fills a page.
    """
    ways = Q()
    if words.name:
        names = MemberName.objects.filter(member_id=OuterRef("pk")).values("text")
        start = "\n" if len(words.name) == 1 else ""
        place = StrIndex(
            Concat(Value("\n"), Subquery(names), output_field=CharField()),
            Value(start + words.name),
        )
        ways |= Q(GreaterThan(place, 0))
    for column, start in (
        ("email_key", words.email),
        ("phone_e164", words.phone),
        ("line_user_id", words.code),
        ("public_id", words.code.lower()),
    ):
        if start:
            ways |= Q((f"{column}__gte", start), (f"{column}__lt", start + LAST))
    if words.phone_end:
        ways |= Q(Exact(StrIndex(Reverse("phone_e164"), Value(words.phone_end)), 1))
    return ways


def save_search_text(text: str) -> str:
    """Store the search text, and return the random key that stands for it in URLs; '' for blank text."""
    text = normalize_text(text)[:200]
    if not text:
        return ""
    schedule_search_cleanup()
    return SearchText.objects.create(text=text).public_id


def get_search_text(key: str) -> str:
    return (
        SearchText.objects.filter(public_id=key).values_list("text", flat=True).first()
        or ""
        if key
        else ""
    )
