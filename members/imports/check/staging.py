"""Cleaned rows stored as ImportRow, a batch at a time.

COPY is refused under row-level security, so a batch is copied into a table of this transaction alone, and inserted from
there in one statement. Texts of whole columns, which PostgreSQL takes apart, took a third longer.
"""

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from tenants.fields import ALPHABET
from tenants.scope import get_current_tenant_id

# Column → its type; what is not in TEXTS is NULL where it is blank.
TEXTS = (
    "errors", "fresh_id", "given_id", "name", "name_key", "email", "email_key", "phone", "phone_e164", "line_user_id",
)  # fmt: skip
OTHERS = {
    "birthday": "date", "birth_md": "smallint", "line_optout": "boolean", "mail_optout": "boolean", "tags": "int[]",
    "extras": "jsonb",
}  # fmt: skip
KEY_COLUMNS = {
    "id": "given_id",
    "line": "line_user_id",
    "email": "email_key",
    "phone": "phone_e164",
}
COPIED = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS import_copied ({", ".join(f"{name} text" for name in ("number", *TEXTS, *OTHERS))})
ON COMMIT DROP
"""
FILL = """
INSERT INTO members_importrow (tenant_id, source_id, number, verdict, member_id, errors, conflict, fresh_id, key_kind,
    key, name, name_key, email, email_key, phone, phone_e164, line_user_id, birthday, birth_md, line_optout,
    mail_optout, tags, extras)
SELECT {tenant}, {source}, number::int, CASE WHEN errors <> '' THEN 'wrong' ELSE 'new' END,
    CASE WHEN errors = '' THEN nextval('members_member_id_seq') END, errors, '', fresh_id,
    CASE {kinds} ELSE '' END, CASE {keys} ELSE '' END,
    name, name_key, email, email_key, phone, phone_e164, line_user_id, birthday::date, birth_md::smallint,
    line_optout::boolean, mail_optout::boolean, tags::int[], extras::jsonb
FROM (SELECT number, {columns} FROM pg_temp.import_copied) AS rows
"""
# Characters that are special to COPY, and how they are escaped.
ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
SIGNS = re.compile("|".join(map(re.escape, map(chr, ESCAPED))))
# Bytes below EVEN fall evenly on the letters of a public id; the others are dropped.
EVEN = len(ALPHABET) * (256 // len(ALPHABET))
LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
UNEVEN = bytes(range(EVEN, 256))


def generate_public_ids(count: int) -> list[str]:
    """Return as many new public ids, sorted, because sorted ids cost less to index.

    They are made as in tenants/fields.py, but many at once.
    """
    letters = b""
    while len(letters) < 12 * count:
        letters += os.urandom(14 * count).translate(LETTERS, UNEVEN)
    text = letters.decode()
    return sorted(text[at : at + 12] for at in range(0, 12 * count, 12))


def stage_rows(
    source_id: int,
    numbers: Sequence[int],
    columns: dict[str, Sequence[Any]],
    keys: Sequence[str],
) -> None:
    """Insert one batch of rows.

    ``columns``: by name, as long as ``numbers``; those not given are blank. ``keys``: what finds a member.
    """
    if not numbers:
        return
    columns = {
        "number": numbers,
        **columns,
        "fresh_id": generate_public_ids(len(numbers)),
    }
    taken = [f"coalesce({name}, '') AS {name}" for name in TEXTS] + list(OTHERS)
    named = [(key, KEY_COLUMNS[key]) for key in keys if KEY_COLUMNS[key] in columns]
    sql = FILL.format(
        tenant=int(get_current_tenant_id()),
        source=int(source_id),
        columns=", ".join(taken),
        kinds=" ".join(f"WHEN {column} <> '' THEN '{key}'" for key, column in named)
        or "WHEN false THEN ''",
        keys=" ".join(f"WHEN {column} <> '' THEN {column}" for _key, column in named)
        or "WHEN false THEN ''",
    )
    with connection.cursor() as cursor:
        cursor.execute(COPIED)
        cursor.execute("TRUNCATE pg_temp.import_copied")
        with (
            connection.wrap_database_errors,
            cursor.copy(
                f"COPY pg_temp.import_copied ({', '.join(columns)}) FROM STDIN"
            ) as copy,
        ):
            copy.write(_format_copy_lines(columns.values()))
        cursor.execute(sql)


def _format_copy_lines(columns: Iterable[Sequence[Any]]) -> str:
    """Return the rows in the text format of COPY; what is blank is NULL."""
    return (
        "\n".join(map("\t".join, zip(*map(_escape_values, columns), strict=True)))
        + "\n"
    )


def _escape_values(values: Sequence[Any]) -> Sequence[str]:
    """Return the values as COPY reads them: NULL for a blank, and its special characters escaped."""
    try:
        text = "".join(values)
    except TypeError:
        values = [
            "" if value is None else value if type(value) is str else str(value)
            for value in values
        ]
        text = "".join(values)
    if SIGNS.search(text):
        values = [value.translate(ESCAPED) for value in values]
    return values if all(values) else [value or r"\N" for value in values]
