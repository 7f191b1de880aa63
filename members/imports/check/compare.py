"""What each staged row would do, in a few statements over all of them: new, changed, same, wrong or left out.

A row is looked up by the first key for which it has a value, in the order 会員ID, LINE, email, phone. Of several rows
for one member the first counts; the later ones are wrong and name it.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Count

from members.attributes.kinds import get_kind
from members.db import set_based
from members.imports.check.duplicates import find_possible_duplicates
from members.imports.check.shared_emails import refuse_shared_rows
from members.imports.check.shift_jis import restore_what_shift_jis_lost
from members.imports.read.settings import Settings
from members.models import (
    Attribute,
    IdentityRecord,
    ImportRow,
    Member,
    MemberChange,
    MemberImport,
    Tag,
)
from members.normalize.names import normalize_label
from tenants.scope import get_current_tenant_id

HIT = """
SELECT r.number, m.id FROM rows r JOIN members_member m ON m.tenant_id = {tenant} AND m.{column} = r.key
WHERE r.key_kind = '{kind}' AND m.deleted_at IS NULL AND m.{column} <> ''"""
MEMBER_COLUMNS = {
    "id": "public_id",
    "line": "line_user_id",
    "email": "email_key",
    "phone": "phone_e164",
}
# First the member whom each row finds, and its conflict, only for rows that are not simply new as they were staged.
# Their number decides how they are compared, and a plan made beforehand could not know it.
FIND = """
CREATE TEMPORARY TABLE import_found ON COMMIT DROP AS
WITH rows AS (
    SELECT number, key_kind, key, line_user_id, verdict FROM members_importrow
    WHERE tenant_id = {tenant} AND source_id = {source} AND errors = ''),
hits AS ({hits}),
found AS (SELECT number, min(id) AS id, count(*) AS n FROM hits GROUP BY number),
alike AS (SELECT key_kind, key, min(number) AS first FROM rows WHERE key <> '' GROUP BY key_kind, key
          HAVING count(*) > 1),
one AS (SELECT id, min(number) AS first FROM found WHERE n = 1 GROUP BY id HAVING count(*) > 1),
{lines}
judged AS (
    SELECT r.number, r.verdict AS was, found.id, CASE
        WHEN r.key = '' THEN 'no_key'
        WHEN found.n > 1 THEN 'several:' || found.n
        WHEN found.id IS NULL AND r.key_kind = 'id' THEN 'unknown_id'
        WHEN alike.first < r.number THEN 'dup:' || alike.first
        WHEN one.first < r.number THEN 'same:' || one.first
        {line_cases}
        ELSE '' END AS conflict
    FROM rows r LEFT JOIN found USING (number) LEFT JOIN one USING (id)
    LEFT JOIN alike ON alike.key_kind = r.key_kind AND alike.key = r.key {line_joins})
SELECT number, id, conflict FROM judged WHERE conflict <> '' OR id IS NOT NULL OR was <> {new}
"""
DECIDE = """
UPDATE members_importrow r SET conflict = v.conflict, verdict = v.verdict, member_id = CASE
    WHEN v.verdict <> 'new' THEN v.id WHEN r.verdict = 'new' THEN r.member_id
    ELSE nextval('members_member_id_seq') END
FROM (
    SELECT j.number, j.conflict, j.id, CASE
        WHEN j.conflict <> '' THEN 'wrong'
        WHEN j.id IS NULL THEN {new}
        WHEN {differs} THEN 'changed'
        ELSE 'same' END AS verdict
    FROM pg_temp.import_found j
    JOIN members_importrow r ON r.tenant_id = {tenant} AND r.source_id = {source} AND r.number = j.number
    LEFT JOIN members_member m ON m.tenant_id = {tenant} AND m.id = j.id
    {joins}) v
WHERE r.tenant_id = {tenant} AND r.source_id = {source} AND r.number = v.number
AND (r.verdict, r.conflict, r.member_id) IS DISTINCT FROM (v.verdict, v.conflict, v.id)
"""
# Only where the file has a column of LINE ids: who has them already, deleted members too, and rows that share one.
LINES = """held AS (SELECT r.number, m.id FROM rows r JOIN members_member m ON m.tenant_id = {tenant}
          AND m.line_user_id = r.line_user_id WHERE r.line_user_id <> ''),
shared AS (SELECT line_user_id, min(number) AS first FROM rows WHERE line_user_id <> '' AND {shared}
           GROUP BY line_user_id HAVING count(*) > 1),"""
LINE_CASES = """WHEN shared.first < r.number THEN 'same:' || shared.first
        WHEN held.id IS DISTINCT FROM found.id AND held.id IS NOT NULL THEN 'line_taken'
        WHEN mine.line_user_id <> r.line_user_id AND r.line_user_id <> '' THEN 'line_other'"""
LINE_JOINS = """LEFT JOIN held ON held.number = r.number
    LEFT JOIN shared ON shared.line_user_id = r.line_user_id
    LEFT JOIN members_member mine ON mine.tenant_id = {tenant} AND mine.id = found.id"""
# A day without its year does not erase the year that is known of the member ({was}: a date).
NEW_BIRTHDAY = """CASE WHEN r.birthday IS NOT NULL OR {was} IS NULL THEN r.birthday
    WHEN r.birth_md = 229 AND extract(day FROM make_date(extract(year FROM {was})::int, 3, 1) - 1) < 29 THEN NULL
    ELSE make_date(extract(year FROM {was})::int, r.birth_md / 100, mod(r.birth_md, 100)) END"""
PROFILE = f"""(r.name <> '' AND r.name <> m.name) OR (r.email_key <> '' AND r.email_key <> m.email_key)
    OR (r.phone_e164 <> '' AND r.phone_e164 <> m.phone_e164) OR (r.line_user_id <> '' AND m.line_user_id IS NULL)
    OR (r.birth_md IS NOT NULL
        AND ({NEW_BIRTHDAY.format(was="m.birthday")}, r.birth_md) IS DISTINCT FROM (m.birthday, m.birth_md))"""
OPT_OUT = "(r.line_optout AND m.line_optout_at IS NULL) OR (r.mail_optout AND m.mail_optout_at IS NULL)"
OPT_IN = "(NOT r.line_optout AND m.line_optout_at IS NOT NULL) OR (NOT r.mail_optout AND m.mail_optout_at IS NOT NULL)"
TAGS = """(CASE WHEN r.tags IS NULL THEN false ELSE EXISTS (
    SELECT FROM unnest(r.tags) AS place LEFT JOIN unnest(ARRAY[{places}]::int[], ARRAY[{ids}]::bigint[])
        AS known (place, tag_id) ON known.place = place.place
    LEFT JOIN members_membertag t ON t.tenant_id = {tenant} AND t.tag_id = known.tag_id AND t.member_id = m.id
    WHERE t.member_id IS NULL) END)"""
VALUES = """LEFT JOIN members_attributevalue a{id} ON a{id}.tenant_id = {tenant} AND a{id}.attribute_id = {id}
    AND a{id}.member_id = j.id"""
VALUE = "(r.extras ->> '{id}' IS NOT NULL AND (r.extras ->> '{id}'){cast} IS DISTINCT FROM a{id}.{column})"
# From this number on rows are joined as sets.
MANY = 1_000
# Tables whose newest row shows that something came in.
MARKS = (Member, MemberChange, IdentityRecord)
# Column of a value → how its text becomes one.
CASTS = {"text": "", "number": "::float8", "date": "::date"}


def decide_rows(source: MemberImport) -> dict[str, int]:
    """Set verdict, conflict and member of every row, and return how many rows there are of each verdict."""
    settings = Settings.of(source)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_importrow")
        rows = ImportRow.objects.filter(source=source).order_by("number")
        with set_based(rows[:MANY].count() >= MANY):
            _compare_rows(source, settings, cursor)
            settings.doubles, settings.double_rows = find_possible_duplicates(
                source, settings
            )
    settings.seen = get_data_marks()
    settings.save_to(source)
    return count_rows_by_decision(source)


def _compare_rows(source: MemberImport, settings: Settings, cursor: Any) -> None:
    find, update = _build_statements(source, settings)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_found")
    cursor.execute(find)
    if cursor.rowcount:
        cursor.execute("ANALYZE pg_temp.import_found")
        if settings.encoding == "cp932" and settings.update:
            mapped = list_mapped_attributes(settings)
            texts = [each for each in mapped if each.kind == Attribute.Kind.TEXT]
            restore_what_shift_jis_lost(
                cursor, int(get_current_tenant_id()), source.pk, texts
            )
        cursor.execute(update)
    refuse_shared_rows(cursor, source)


def count_rows_by_decision(source: MemberImport) -> dict[str, int]:
    found = dict(
        ImportRow.objects.filter(source=source)
        .values_list("verdict")
        .annotate(n=Count("number"))
    )
    return {verdict: found.get(verdict, 0) for verdict in ImportRow.Decision.values}


def get_data_marks() -> list[int]:
    """Return numbers that change when a member is added or changed: what was compared before is then compared again.

    The answers are among them, because the members of another import have had their ids since its check.
    """
    marks = (
        model.objects.order_by("-pk").values_list("pk", flat=True).first()
        for model in MARKS
    )
    return [mark or 0 for mark in marks]


def _build_statements(source: MemberImport, settings: Settings) -> tuple[str, str]:
    """Return the two statements for this file: the one that finds members, and the one that decides."""
    kinds, mapped = settings.usable_keys, set((settings.mapping or {}).values())
    tenant, new = int(get_current_tenant_id()), "'new'" if settings.add else "'left'"
    names: dict[str, Any] = {"tenant": tenant, "source": int(source.pk), "new": new}
    hits = [
        HIT.format(**names, column=MEMBER_COLUMNS[kind], kind=kind) for kind in kinds
    ]
    # Where the LINE id itself is the key, rows that share one are found as alike already.
    shared = str("id" in kinds or "line" not in kinds)
    line = {"lines": LINES, "line_cases": LINE_CASES, "line_joins": LINE_JOINS}
    filled = {
        name: text.format(**names, shared=shared) if "line" in mapped else ""
        for name, text in line.items()
    }
    joins, differs = _build_comparison(settings, tenant)
    return (
        FIND.format(**names, **filled, hits="\nUNION ALL ".join(hits)),
        DECIDE.format(
            **names, joins="\n".join(joins), differs=" OR ".join(differs) or "false"
        ),
    )


def _build_comparison(settings: Settings, tenant: int) -> tuple[list[str], list[str]]:
    """Return (joins, conditions under which the member found differs from the row).

    Only what the switches allow the import to change is compared.
    """
    joins, differs = [], []
    if settings.update:
        differs.append(f"({PROFILE})")
        for attribute in list_mapped_attributes(settings):
            column = get_kind(attribute).column
            joins.append(VALUES.format(id=attribute.pk, tenant=tenant))
            differs.append(
                VALUE.format(id=attribute.pk, cast=CASTS[column], column=column)
            )
        if settings.tags:
            ids = {tag.name_key: tag.pk for tag in Tag.objects.all()}
            known = [
                (place, ids[key])
                for place, name in enumerate(settings.tags)
                if (key := normalize_label(name)) in ids
            ]
            places, tag_ids = (
                ",".join(str(pair[side]) for pair in known) for side in (0, 1)
            )
            differs.append(TAGS.format(tenant=tenant, places=places, ids=tag_ids))
    if settings.consent:
        differs.append(f"coalesce({OPT_OUT}, false)")
        if settings.release:
            differs.append(f"coalesce({OPT_IN}, false)")
    return joins, differs


def list_mapped_attributes(settings: Settings) -> Sequence[Attribute]:
    ids = [
        int(key.partition(":")[2])
        for key in (settings.mapping or {}).values()
        if key.startswith("attribute:")
    ]
    return list(Attribute.objects.filter(pk__in=ids, archived_at=None).order_by("pk"))
