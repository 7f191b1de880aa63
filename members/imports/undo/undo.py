"""取り込みを元に戻す: its tags come off, its answers are deleted, members show what they were.

Members whom it created are deleted softly if nothing else has come to them since, so a mistake here can be restored
too; their LINE id is released, so that the corrected file can bring them in again. Whom somebody or something touched
since (an answer, a tag, a note, a message, a link with a cart) stays and is counted.
"""

from typing import Any

from django.db import connection

from jobs.models import Job
from jobs.params import read_params
from members.attributes.kinds import get_kind
from members.bulk.tags import list_counters
from members.db import set_based
from members.identity.answers import apply_newest_answers
from members.imports.check import compare
from members.imports.load import sql
from members.imports.load.load import build_part_parameters
from members.imports.load.lost_rows import require_rows_to_undo
from members.imports.load.sql import NEXT_PART, PART
from members.imports.read.settings import Settings
from members.imports.summaries import ImportParams
from members.imports.undo.touched_since import find_touched_members
from members.models import Member, MemberImport, TagBatch
from members.signals import identity_changed
from members.tags import assign
from tenants.scope import act_as

# A load that stopped half-way changed only members whose rows have stored what was before; the other rows say nothing.
CHANGED_PART = f"{PART} AND r.before IS NOT NULL"
CREATED_MEMBERS = f"""
SELECT id FROM members_member WHERE tenant_id = %(tenant)s AND deleted_at IS NULL AND id = ANY(ARRAY(
    SELECT r.member_id FROM members_importrow r WHERE {PART} AND r.verdict = 'new')) ORDER BY id FOR NO KEY UPDATE
"""
REMOVE = """
UPDATE members_member SET deleted_at = now(), line_user_id = NULL
WHERE tenant_id = %(tenant)s AND id = ANY(%(members)s::bigint[])
"""
DELETE_ANSWERS = f"""
DELETE FROM members_identityrecord i USING members_importrow r
WHERE {CHANGED_PART} AND r.verdict = 'changed' AND i.tenant_id = %(tenant)s AND i.member_id = ANY(%(members)s::bigint[])
  AND i.member_id = r.member_id
  AND i.received_at = %(at)s AND i.source = 'import' AND i.public_id = r.fresh_id
"""
# So many of the members who stay are named in the outcome.
MOST_NAMED = 20
OLD_VALUE = "(r.before ->> '{column}')"
# Text columns of a member, and the column by which the import's value is told.
TEXT_COLUMNS = {
    "name": "name",
    "name_key": "name",
    "email": "email_key",
    "email_key": "email_key",
    "phone": "phone_e164",
    "phone_e164": "phone_e164",
    "line_user_id": "line_user_id",
}
# A column is restored only while it still shows what the import put there.
RESTORED_COLUMN = """{column} = CASE WHEN {ours} THEN {was} ELSE m.{column} END"""
RESTORE_VALUES = """
UPDATE members_attributevalue v SET text = coalesce(r.before #>> '{{extras,{id},0}}', ''),
    number = (r.before #>> '{{extras,{id},1}}')::float8, date = (r.before #>> '{{extras,{id},2}}')::date
FROM members_importrow r
WHERE {part} AND r.verdict = 'changed' AND r.extras ->> '{id}' IS NOT NULL
  AND v.tenant_id = %(tenant)s AND v.attribute_id = {id} AND v.member_id = ANY(%(members)s::bigint[])
  AND v.member_id = r.member_id AND r.before -> 'extras' -> '{id}' IS NOT NULL {still}
"""
DELETE_VALUES = """
DELETE FROM members_attributevalue v USING members_importrow r
WHERE {part} AND r.verdict = 'changed' AND r.extras ->> '{id}' IS NOT NULL
  AND v.tenant_id = %(tenant)s AND v.attribute_id = {id} AND v.member_id = ANY(%(members)s::bigint[])
  AND v.member_id = r.member_id
  AND coalesce(r.before -> 'extras' -> '{id}', 'null') = 'null' {still}
"""


def run_import_undo_step(job: Job) -> bool:
    params = read_params(job, ImportParams)
    source = MemberImport.objects.select_related("tenant").get(pk=params.source)
    settings = Settings.of(source)
    with act_as(job.operator, "import"):
        if (
            job.done < job.total
        ):  # before its tags come off: with them gone the rest would be half done
            require_rows_to_undo(source, job.done)
        if job.result.get("phase") != "rows":
            if _undo_next_tag(job, settings):
                job.cursor, job.result = 0, {**job.result, "phase": "rows"}
            return False
        return _undo_next_part(job, source, settings)


def _undo_next_tag(job: Job, settings: Settings) -> bool:
    if job.cursor >= len(settings.batches):
        return True
    batch = (
        TagBatch.objects.select_related("tag")
        .filter(pk=settings.batches[job.cursor])
        .first()
    )
    if batch:
        assign.undo_tagging(batch, job.operator)
        # What the tag started and has not gone out is cancelled, as in the undo of a bulk tag.
        counters = list_counters()
        _add_numbers(
            job,
            cancelled=sum(counter.cancel([batch.pk]) for counter in counters),
            sent=sum(counter.count([batch.pk])[1] for counter in counters),
        )
    job.cursor += 1
    return False


def _add_numbers(job: Job, **more: int) -> None:
    job.result = {
        **job.result,
        **{name: job.result.get(name, 0) + number for name, number in more.items()},
    }


def _undo_next_part(job: Job, source: MemberImport, settings: Settings) -> bool:
    values = build_part_parameters(job, source, settings)
    with connection.cursor() as cursor:
        cursor.execute(NEXT_PART, values)
        values["upto"], number = cursor.fetchone()
    if not number:
        return True
    with set_based(number >= compare.MANY):
        removed, kept = _delete_created_members(values)
        restored = (
            _restore_fields(values, settings, source)
            if source.counts.get("changed")
            else 0
        )
    _add_numbers(job, removed=removed, kept=len(kept), restored=restored)
    named = [*job.result.get("kept_ids", []), *kept]
    job.result = {**job.result, "kept_ids": named[:MOST_NAMED]}
    job.cursor, job.done = values["upto"], job.done + number
    return False


def _delete_created_members(values: dict[str, Any]) -> tuple[int, list[int]]:
    """Delete the members whom the import created, softly.

    Returns (members removed, the ids of those who stay because something came to them since).
    """
    with connection.cursor() as cursor:
        cursor.execute(CREATED_MEMBERS, values)
        made = [member_id for (member_id,) in cursor.fetchall()]
        if not made:
            return 0, []
        touched = find_touched_members(made, values["at"])
        gone = [member_id for member_id in made if member_id not in touched]
        cursor.execute(REMOVE, {**values, "members": gone})
    return len(gone), [member_id for member_id in made if member_id in touched]


def _restore_fields(
    values: dict[str, Any], settings: Settings, source: MemberImport
) -> int:
    """Restore fields that still show what the import put there, and return how many members; newer answers stay."""
    with connection.cursor() as cursor:
        cursor.execute(sql.CHANGED.format(part=CHANGED_PART), values)
        members = [member_id for (member_id,) in cursor.fetchall()]
        if not members:
            return 0
        values = {**values, "members": members}
        cursor.execute(sql.LOCK, values)
        cursor.execute(DELETE_ANSWERS, values)
        cursor.execute(
            sql.CHANGE.format(
                part=CHANGED_PART, ours=sql.OURS, changes=_build_restored_columns()
            ),
            values,
        )
        for attribute in (
            compare.list_mapped_attributes(settings) if settings.update else ()
        ):
            column = get_kind(attribute).column
            still = f"AND v.{column} = (r.extras ->> '{attribute.pk}'){compare.CASTS[column]}"
            cursor.execute(
                DELETE_VALUES.format(id=attribute.pk, part=CHANGED_PART, still=still),
                values,
            )
            cursor.execute(
                RESTORE_VALUES.format(id=attribute.pk, part=CHANGED_PART, still=still),
                values,
            )
    apply_newest_answers(members)
    identity_changed.send(
        Member, tenant=source.tenant, member_ids=members, record_ids=[]
    )
    return len(members)


def _build_restored_columns() -> str:
    """Return the SET list that gives every column of a member its value of before, where the import's still stands."""
    was_birthday = OLD_VALUE.format(column="birthday") + "::date"
    put = compare.NEW_BIRTHDAY.format(was=was_birthday)
    born = f"r.birth_md IS NOT NULL AND (m.birthday, m.birth_md) IS NOT DISTINCT FROM ({put}, r.birth_md)"
    first = "m.known_by = 'import' AND m.known_at = %(at)s"
    changes = [
        *(
            _restore_column(column, f"r.{by} <> '' AND m.{by} = r.{by}")
            for column, by in TEXT_COLUMNS.items()
        ),
        _restore_column("birthday", born, "::date"),
        _restore_column("birth_md", born, "::smallint"),
        _restore_column("known_at", first, "::timestamptz"),
        _restore_column("known_by", first, blank=True),
        _restore_column("answered_at", "m.answered_at = %(at)s", "::timestamptz"),
    ]
    for channel in ("line", "mail"):
        ours = (
            f"(m.{channel}_optout_at = %(at)s AND m.{channel}_optout_by = 'import') OR "
            f"(%(release)s AND NOT r.{channel}_optout AND m.{channel}_optout_at IS NULL)"
        )
        changes += [
            _restore_column(f"{channel}_optout_at", ours, "::timestamptz"),
            _restore_column(f"{channel}_optout_by", ours, blank=True),
        ]
    return ",\n".join(changes)


def _restore_column(column: str, ours: str, cast: str = "", blank: bool = False) -> str:
    """Return one assignment. ``ours`` is true while the import's value stands; ``blank``: '' where none was before."""
    was = OLD_VALUE.format(column=column) + cast
    return RESTORED_COLUMN.format(
        column=column, ours=ours, was=f"coalesce({was}, '')" if blank else was
    )
