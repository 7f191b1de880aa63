"""New rows that may be members already.

None of the keys found them, yet they have the email or phone of a member who is not deleted, or of another new row.
They are loaded as the operator chose; the check says how many there are, before it is too late.
"""

from django.db import connection

from members.imports.read.settings import Settings
from members.models import MemberImport
from tenants.scope import get_current_tenant_id

SHOWN = 5
COLUMNS = {"email": "email_key", "phone": "phone_e164"}
FOUND = """
WITH fresh AS MATERIALIZED (
    SELECT number, key_kind, {columns} FROM members_importrow
    WHERE tenant_id = {tenant} AND source_id = {source} AND verdict = 'new'),
alike AS ({parts})
SELECT (SELECT count(*) FROM alike), ARRAY(SELECT number FROM alike ORDER BY number LIMIT {shown})
"""
# A row's own key was looked up among the members already, and was nobody's.
OF_MEMBERS = """SELECT r.number FROM fresh r JOIN members_member m ON m.tenant_id = {tenant} AND m.{column} = r.{column}
    WHERE r.{column} <> '' AND r.key_kind <> '{key}' AND m.deleted_at IS NULL"""
# Rows with the same key are found already, so only a row with another kind of key can have a duplicate.
OF_ROWS = """SELECT r.number FROM fresh r JOIN (SELECT {column} FROM fresh WHERE {column} <> ''
    GROUP BY {column} HAVING count(*) > 1) twice USING ({column})
    WHERE EXISTS (SELECT FROM fresh WHERE {column} <> '' AND key_kind <> '{key}')"""


def find_possible_duplicates(
    source: MemberImport, settings: Settings
) -> tuple[int, list[int]]:
    """Return (how many, the numbers of the first rows), by one statement over all rows; the caller sees to its plan."""
    mapped = {
        key: column
        for key, column in COLUMNS.items()
        if key in (settings.mapping or {}).values()
    }
    if not mapped or not settings.add:
        return 0, []
    tenant = int(get_current_tenant_id())
    parts = [
        part.format(tenant=tenant, column=column, key=key)
        for key, column in mapped.items()
        for part in (OF_MEMBERS, OF_ROWS)
    ]
    sql = FOUND.format(
        columns=", ".join(mapped.values()),
        tenant=tenant,
        source=int(source.pk),
        parts="\nUNION ".join(parts),
        shown=SHOWN,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        number, first = cursor.fetchone()
    return number, first
