"""The statements of the load. Each may be repeated on the same part without a change."""

from typing import Any

from django.db import models

from members.attributes.kinds import get_kind
from members.imports.check import compare
from members.models import Attribute, Member

PART = "r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.number > %(after)s AND r.number <= %(upto)s"
NEXT_PART = """
SELECT max(number), count(*) FROM (SELECT number FROM members_importrow
WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND number > %(after)s ORDER BY number LIMIT %(batch)s) AS part
"""
NEW_VALUES = {
    "id": "r.member_id", "tenant_id": "r.tenant_id", "public_id": "r.fresh_id", "name": "r.name",
    "name_key": "r.name_key", "email": "r.email", "email_key": "r.email_key", "phone": "r.phone",
    "phone_e164": "r.phone_e164", "line_user_id": "nullif(r.line_user_id, '')", "birthday": "r.birthday",
    "birth_md": "r.birth_md", "line_state": "'none'", "created_at": "%(at)s", "answered_at": "%(at)s",
    "link_state": "CASE WHEN r.email_key <> '' OR r.phone_e164 <> '' THEN 'known' ELSE 'unanswered' END",
    "known_at": "CASE WHEN r.email_key <> '' OR r.phone_e164 <> '' THEN %(at)s::timestamptz END",
    "known_by": "CASE WHEN r.email_key <> '' OR r.phone_e164 <> '' THEN 'import' ELSE '' END",
    "line_optout_at": "CASE WHEN %(consent)s AND r.line_optout THEN %(at)s::timestamptz END",
    "line_optout_by": "CASE WHEN %(consent)s AND r.line_optout THEN 'import' ELSE '' END",
    "mail_optout_at": "CASE WHEN %(consent)s AND r.mail_optout THEN %(at)s::timestamptz END",
    "mail_optout_by": "CASE WHEN %(consent)s AND r.mail_optout THEN 'import' ELSE '' END",
}  # fmt: skip
MAKE = """
INSERT INTO members_member ({columns}) SELECT {values} FROM members_importrow r WHERE {part} AND r.verdict = 'new'
"""
# Only a LINE id that came in concurrently can be in the way; its row is marked wrong.
LATE = """
UPDATE members_importrow r SET verdict = 'wrong', conflict = 'late' WHERE {part} AND r.verdict = 'new'
AND NOT EXISTS (SELECT FROM members_member m WHERE m.tenant_id = r.tenant_id AND m.id = r.member_id)
"""
ANSWERS = """
INSERT INTO members_identityrecord (tenant_id, public_id, member_id, source, operator_id, origin, name, name_key, email,
    email_key, phone, phone_e164, received_at, outcome)
SELECT r.tenant_id, r.fresh_id, r.member_id, 'import', %(operator)s, %(origin)s, {values}, %(at)s, ''
FROM members_importrow r {join} WHERE {part} AND r.verdict = '{verdict}' AND ({any})
"""
FIELDS = {
    "name": ("name", "name_key"),
    "email": ("email_key", "email"),
    "phone": ("phone_e164", "phone"),
}
# Members in the order of their ids, as in members/identity/answers.py.
LOCK = """
SELECT count(*) FROM (SELECT id FROM members_member WHERE tenant_id = %(tenant)s AND id = ANY(%(members)s::bigint[])
    ORDER BY id FOR NO KEY UPDATE) AS locked
"""
# The ids in hand keep every join on the primary key, whatever the planner thinks of a table that was just filled.
OURS = "m.tenant_id = %(tenant)s AND m.id = ANY(%(members)s::bigint[]) AND m.id = r.member_id"
REMEMBER = """
UPDATE members_importrow r SET before = jsonb_build_object(
    'name', m.name, 'name_key', m.name_key, 'email', m.email, 'email_key', m.email_key, 'phone', m.phone,
    'phone_e164', m.phone_e164, 'line_user_id', m.line_user_id, 'birthday', m.birthday, 'birth_md', m.birth_md,
    'known_at', m.known_at, 'known_by', m.known_by, 'answered_at', m.answered_at,
    'line_optout_at', m.line_optout_at, 'line_optout_by', m.line_optout_by,
    'mail_optout_at', m.mail_optout_at, 'mail_optout_by', m.mail_optout_by, 'extras', {extras})
FROM members_member m
WHERE {part} AND r.verdict = 'changed' AND {ours}
"""
EXTRAS = """(SELECT jsonb_object_agg(v.attribute_id, jsonb_build_array(v.text, v.number, v.date))
    FROM members_attributevalue v WHERE v.tenant_id = m.tenant_id AND v.member_id = m.id
    AND v.attribute_id = ANY(%(attributes)s::bigint[]))"""
CHANGE = """
UPDATE members_member m SET {changes} FROM members_importrow r
WHERE {part} AND r.verdict = 'changed' AND {ours}
"""
SHOWN_COLUMNS = f"""
name = CASE WHEN r.name <> '' THEN r.name ELSE m.name END,
name_key = CASE WHEN r.name <> '' THEN r.name_key ELSE m.name_key END,
email = CASE WHEN r.email_key <> '' THEN r.email ELSE m.email END,
email_key = CASE WHEN r.email_key <> '' THEN r.email_key ELSE m.email_key END,
phone = CASE WHEN r.phone_e164 <> '' THEN r.phone ELSE m.phone END,
phone_e164 = CASE WHEN r.phone_e164 <> '' THEN r.phone_e164 ELSE m.phone_e164 END,
line_user_id = coalesce(m.line_user_id, nullif(r.line_user_id, '')),
birthday = CASE WHEN r.birth_md IS NULL THEN m.birthday ELSE {compare.NEW_BIRTHDAY.format(was="m.birthday")} END,
birth_md = coalesce(r.birth_md, m.birth_md),
known_at = coalesce(m.known_at, CASE WHEN r.email_key <> '' OR r.phone_e164 <> '' THEN %(at)s::timestamptz END),
known_by = CASE WHEN m.known_at IS NULL AND (r.email_key <> '' OR r.phone_e164 <> '') THEN 'import' ELSE m.known_by END,
answered_at = CASE WHEN (r.name <> '' AND r.name <> m.name) OR (r.email_key <> '' AND r.email_key <> m.email_key)
    OR (r.phone_e164 <> '' AND r.phone_e164 <> m.phone_e164) THEN greatest(m.answered_at, %(at)s)
    ELSE m.answered_at END,
link_state = CASE WHEN m.link_state = 'unanswered' AND (r.email_key <> '' OR r.phone_e164 <> '') THEN 'known'
    ELSE m.link_state END"""
OPTOUT_COLUMNS = """{channel}_optout_at = CASE WHEN r.{channel}_optout THEN coalesce(m.{channel}_optout_at, %(at)s)
    WHEN %(release)s AND NOT r.{channel}_optout THEN NULL ELSE m.{channel}_optout_at END,
{channel}_optout_by = CASE WHEN r.{channel}_optout AND m.{channel}_optout_at IS NULL THEN 'import'
    WHEN %(release)s AND NOT r.{channel}_optout THEN '' ELSE m.{channel}_optout_by END"""
CHANGED = "SELECT r.member_id FROM members_importrow r WHERE {part} AND r.verdict = 'changed' ORDER BY r.member_id"
LATER_ANSWERS = """
SELECT id FROM members_member WHERE tenant_id = %(tenant)s AND id = ANY(%(members)s::bigint[]) AND answered_at > %(at)s
"""
VALUES = """
INSERT INTO members_attributevalue AS v (tenant_id, attribute_id, member_id, text, number, date)
SELECT r.tenant_id, {id}, r.member_id, {text}, {number}, {date} FROM members_importrow r
WHERE {part} AND r.verdict = '{verdict}' AND r.extras ->> '{id}' IS NOT NULL
"""
# For the rows beside one that is in the way.
ONCE = " ON CONFLICT DO NOTHING"
OVERWRITE = """
AND r.member_id = ANY(%(members)s::bigint[]) ON CONFLICT (tenant_id, attribute_id, member_id) DO UPDATE
SET text = excluded.text, number = excluded.number, date = excluded.date
WHERE (v.text, v.number, v.date) IS DISTINCT FROM (excluded.text, excluded.number, excluded.date)
"""


def build_member_insert() -> str:
    """Return the INSERT of members; columns that other parts of the product add get their own default."""
    columns = dict(NEW_VALUES)
    for field in Member._meta.concrete_fields:
        if (
            field.column
            and field.column not in columns
            and not field.null
            and not getattr(field, "generated", False)
        ):
            columns[field.column] = format_literal(field)
    return MAKE.format(
        columns=", ".join(columns), values=", ".join(columns.values()), part=PART
    )


def format_literal(field: "models.Field[Any, Any]") -> str:
    value = field.get_default()
    return (
        str(value)
        if isinstance(value, int | float)
        else "'" + str(value or "").replace("'", "''") + "'"
    )


def build_answer_insert(verdict: str) -> str:
    """Return the INSERT of answers: what is new to a member, which for new members is all that the row says."""
    values, anything = [], []
    for compared, other in FIELDS.values():
        new = f"r.{compared} <> ''" + (
            f" AND r.{compared} <> m.{compared}" if verdict == "changed" else ""
        )
        anything.append(f"({new})")
        for column in sorted((compared, other), key=len):
            values.append(f"CASE WHEN {new} THEN r.{column} ELSE '' END")
    join = f"JOIN members_member m ON {OURS}" if verdict == "changed" else ""
    return ANSWERS.format(
        values=", ".join(values),
        join=join,
        part=PART,
        verdict=verdict,
        any=" OR ".join(anything),
    )


def build_value_insert(attribute: Attribute, verdict: str) -> str:
    given = f"r.extras ->> '{attribute.pk}'"
    columns = {"text": "''", "number": "NULL::float8", "date": "NULL::date"}
    column = get_kind(attribute).column
    columns[column] = f"({given}){compare.CASTS[column]}"
    way = OVERWRITE if verdict == "changed" else ""
    return VALUES.format(id=attribute.pk, part=PART, verdict=verdict, **columns) + way
