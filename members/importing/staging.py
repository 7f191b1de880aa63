"""Cleaned rows into ImportRow: one statement for a batch, each column as one text that PostgreSQL takes apart.

COPY is refused under row-level security, and arrays as parameters took twice as long to write and to parse.
"""

import os
from collections.abc import Sequence
from typing import Any

from django.db import connection

from tenants.fields import ALPHABET
from tenants.scope import current_tenant_id

SEPARATOR = "\x1f"
# Column → its type; what is not in TEXTS is NULL where it is blank.
TEXTS = (
    "errors", "fresh_id", "given_id", "name", "name_key", "email", "email_key", "phone", "phone_e164", "line_user_id",
)  # fmt: skip
OTHERS = {
    "birthday": "date", "birth_md": "smallint", "line_optout": "boolean", "mail_optout": "boolean", "tags": "int[]",
    "extras": "jsonb",
}  # fmt: skip
KEY_COLUMNS = {"id": "given_id", "line": "line_user_id", "email": "email_key", "phone": "phone_e164"}
FILL = """
INSERT INTO members_importrow (tenant_id, source_id, number, verdict, errors, conflict, fresh_id, key_kind, key,
    name, name_key, email, email_key, phone, phone_e164, line_user_id, birthday, birth_md, line_optout, mail_optout,
    tags, extras)
SELECT {tenant}, {source}, number::int, CASE WHEN errors <> '' THEN 'wrong' ELSE '' END, errors, '', fresh_id,
    CASE {kinds} ELSE '' END, CASE {keys} ELSE '' END,
    name, name_key, email, email_key, phone, phone_e164, line_user_id, birthday::date, birth_md::smallint,
    line_optout::boolean, mail_optout::boolean, tags::int[], extras::jsonb
FROM (SELECT number, {columns} FROM unnest({arrays}) AS u (number, {given})) AS rows
"""
# Bytes that fall evenly on the letters of a public id.
EVEN = len(ALPHABET) * (256 // len(ALPHABET))
LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
UNEVEN = bytes(range(EVEN, 256))


def public_ids(count: int) -> list[str]:
    """As tenants.fields.new_public_id, many at once."""
    letters = b""
    while len(letters) < 12 * count:
        letters += os.urandom(14 * count).translate(LETTERS, UNEVEN)
    text = letters.decode()
    return [text[at : at + 12] for at in range(0, 12 * count, 12)]


def put(source_id: int, numbers: Sequence[int], columns: dict[str, Sequence[Any]], keys: Sequence[str]) -> None:
    """``columns``: by name, as long as ``numbers``; those not given are blank. ``keys``: what finds a member."""
    if not numbers:
        return
    columns = {**columns, "fresh_id": public_ids(len(numbers))}
    given = [name for name in (*TEXTS, *OTHERS) if name in columns]
    blank = [f"'' AS {name}" for name in TEXTS if name not in columns]
    blank += [f"NULL AS {name}" for name in OTHERS if name not in columns]
    taken = [f"coalesce({name}, '') AS {name}" if name in TEXTS else f"nullif({name}, '') AS {name}" for name in given]
    named = [(key, KEY_COLUMNS[key]) for key in keys if KEY_COLUMNS[key] in columns]
    sql = FILL.format(
        tenant=int(current_tenant_id()), source=int(source_id), columns=", ".join([*taken, *blank]),
        given=", ".join(given), arrays=", ".join(["string_to_array(%s, E'\\x1f')"] * (len(given) + 1)),
        kinds=" ".join(f"WHEN {column} <> '' THEN '{key}'" for key, column in named) or "WHEN false THEN ''",
        keys=" ".join(f"WHEN {column} <> '' THEN {column}" for _key, column in named) or "WHEN false THEN ''",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, [joined(numbers), *(joined(columns[name]) for name in given)])


def joined(values: Sequence[Any]) -> str:
    try:
        text = SEPARATOR.join(values)
    except TypeError:
        values = ["" if value is None else value if type(value) is str else str(value) for value in values]
        text = SEPARATOR.join(values)
    if text.count(SEPARATOR) >= len(values):
        text = SEPARATOR.join(value.replace(SEPARATOR, " ") for value in values)
    return text
