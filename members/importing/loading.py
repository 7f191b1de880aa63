"""The load: staged rows become members, answers, values and tags, so many rows in one transaction with the cursor.

An import is an answer with its own time, so the newest of each field wins as everywhere (members/answering.py); members
who answered after that time are shown by it again. Consent is only touched where the operator said so.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection, models
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from console.models import Job
from members import tagging
from members.answering import reflect
from members.importing import judging
from members.importing.limits import refuse_over_limit
from members.importing.losing import need_rows_to_load
from members.importing.settings import Settings
from members.models import ImportRow, Member, MemberImport, Tag, TagBatch
from members.signals import identity_changed
from members.tagging import share_links, tag_named
from tenants import audit
from tenants.scope import acting

BATCH = 20_000
PART = "r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.number > %(after)s AND r.number <= %(upto)s"
UPTO = """
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
# A LINE id that came in meanwhile is the only thing in the way; its row is marked wrong (LATE).
MAKE = """
INSERT INTO members_member ({columns}) SELECT {values} FROM members_importrow r WHERE {part} AND r.verdict = 'new'
ON CONFLICT DO NOTHING
"""
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
FIELDS = {"name": ("name", "name_key"), "email": ("email_key", "email"), "phone": ("phone_e164", "phone")}
# Members in the order of their keys, as members.answering.lock.
LOCK = """
SELECT count(*) FROM (SELECT id FROM members_member WHERE tenant_id = %(tenant)s AND id = ANY(%(members)s)
    ORDER BY id FOR NO KEY UPDATE) AS locked
"""
# The ids in hand keep every join on the primary key, whatever the planner thinks of a table that was just filled.
OURS = "m.tenant_id = %(tenant)s AND m.id = ANY(%(members)s) AND m.id = r.member_id"
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
    AND v.attribute_id = ANY(%(attributes)s))"""
CHANGE = """
UPDATE members_member m SET {changes} FROM members_importrow r
WHERE {part} AND r.verdict = 'changed' AND {ours}
"""
SHOWN = f"""
name = CASE WHEN r.name <> '' THEN r.name ELSE m.name END,
name_key = CASE WHEN r.name <> '' THEN r.name_key ELSE m.name_key END,
email = CASE WHEN r.email_key <> '' THEN r.email ELSE m.email END,
email_key = CASE WHEN r.email_key <> '' THEN r.email_key ELSE m.email_key END,
phone = CASE WHEN r.phone_e164 <> '' THEN r.phone ELSE m.phone END,
phone_e164 = CASE WHEN r.phone_e164 <> '' THEN r.phone_e164 ELSE m.phone_e164 END,
line_user_id = coalesce(m.line_user_id, nullif(r.line_user_id, '')),
birthday = CASE WHEN r.birth_md IS NULL THEN m.birthday ELSE {judging.BORN.format(was="m.birthday")} END,
birth_md = coalesce(r.birth_md, m.birth_md),
known_at = coalesce(m.known_at, CASE WHEN r.email_key <> '' OR r.phone_e164 <> '' THEN %(at)s::timestamptz END),
known_by = CASE WHEN m.known_at IS NULL AND (r.email_key <> '' OR r.phone_e164 <> '') THEN 'import' ELSE m.known_by END,
answered_at = CASE WHEN (r.name <> '' AND r.name <> m.name) OR (r.email_key <> '' AND r.email_key <> m.email_key)
    OR (r.phone_e164 <> '' AND r.phone_e164 <> m.phone_e164) THEN greatest(m.answered_at, %(at)s)
    ELSE m.answered_at END,
link_state = CASE WHEN m.link_state = 'unanswered' AND (r.email_key <> '' OR r.phone_e164 <> '') THEN 'known'
    ELSE m.link_state END"""
OPT = """{channel}_optout_at = CASE WHEN r.{channel}_optout THEN coalesce(m.{channel}_optout_at, %(at)s)
    WHEN %(release)s AND NOT r.{channel}_optout THEN NULL ELSE m.{channel}_optout_at END,
{channel}_optout_by = CASE WHEN r.{channel}_optout AND m.{channel}_optout_at IS NULL THEN 'import'
    WHEN %(release)s AND NOT r.{channel}_optout THEN '' ELSE m.{channel}_optout_by END"""
CHANGED = "SELECT r.member_id FROM members_importrow r WHERE {part} AND r.verdict = 'changed' ORDER BY r.member_id"
LATER_ANSWERS = """
SELECT id FROM members_member WHERE tenant_id = %(tenant)s AND id = ANY(%(members)s) AND answered_at > %(at)s
"""
VALUES = """
INSERT INTO members_attributevalue AS v (tenant_id, attribute_id, member_id, text, number, date)
SELECT r.tenant_id, {id}, r.member_id, {text}, {number}, {date} FROM members_importrow r
WHERE {part} AND r.verdict = '{verdict}' AND r.extras ->> '{id}' IS NOT NULL
ON CONFLICT (tenant_id, attribute_id, member_id) DO UPDATE
SET text = excluded.text, number = excluded.number, date = excluded.date
WHERE (v.text, v.number, v.date) IS DISTINCT FROM (excluded.text, excluded.number, excluded.date)
"""


def step(job: Job) -> bool:
    source = MemberImport.objects.select_related("tenant").get(pk=job.params["import"])
    settings = Settings.of(source)
    phases: dict[str, Callable[[Job, MemberImport, Settings], bool]] = {
        "prepare": prepare, "rows": rows, "tags": tags, "tell": tell,
    }  # fmt: skip
    names = list(phases)
    phase = job.result.get("phase", names[0])
    need_rows_to_load(source, job.done)
    with acting(job.operator, "import"):
        if not phases[phase](job, source, settings):
            return False
    if phase == names[-1]:
        return True
    job.cursor, job.result = 0, {**job.result, "phase": names[names.index(phase) + 1]}
    return False


# ---------------------------------------------------------------- before
def prepare(job: Job, source: MemberImport, settings: Settings) -> bool:
    """Compare anew when members changed since the check; make the tags; fix the time of these answers."""
    if settings.seen != judging.standing():
        source.counts = judging.judge(source)
        settings = Settings.of(source)
    refuse_over_limit(source.counts.get("new", 0))
    settings.tag_ids = [tag_named(name).pk for name in settings.tags]
    source.loaded_at = timezone.now()
    settings.at = source.loaded_at.isoformat()
    settings.keep(source)
    source.save(update_fields=["loaded_at", "counts"])
    audit.record("import.loading", source, **source.counts)
    return True


# ---------------------------------------------------------------- rows
def rows(job: Job, source: MemberImport, settings: Settings) -> bool:
    values = parameters(job, source, settings)
    with connection.cursor() as cursor:
        cursor.execute(UPTO, values)
        upto, count = cursor.fetchone()
    if not count:
        return True
    values["upto"] = upto
    with judging.as_sets(count):
        if job.total - job.done > 2 * BATCH:  # the last ones bring the index of names up to date
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL gin_pending_list_limit = '64MB'")
        load(values, settings)
    job.cursor, job.done = upto, job.done + count
    return False


def parameters(job: Job, source: MemberImport, settings: Settings) -> dict[str, Any]:
    return {
        "tenant": source.tenant_id, "source": source.pk, "after": job.cursor, "batch": BATCH,
        "at": parse_datetime(settings.at), "operator": job.operator_id, "origin": source.name[:100],
        "consent": settings.consent, "release": settings.consent and settings.release,
        "attributes": [attribute.pk for attribute in judging.mapped_attributes(settings)],
    }  # fmt: skip


def load(values: dict[str, Any], settings: Settings) -> None:
    """One batch: new members with their answers, then those that change, then the values of attributes."""
    share_links()
    with connection.cursor() as cursor:
        execute = cursor.execute
        execute(make_statement(), values)
        made = cursor.rowcount
        execute(f"SELECT count(*) FROM members_importrow r WHERE {PART} AND r.verdict = 'new'", values)
        if cursor.fetchone()[0] != made:
            execute(LATE.format(part=PART), values)
        execute(answers_statement("new"), values)
        execute(CHANGED.format(part=PART), values)
        if members := [member_id for (member_id,) in cursor.fetchall()]:
            change({**values, "members": members}, settings, execute)
        for attribute in judging.mapped_attributes(settings):
            # What a new member begins with is no change: the history keeps out.
            execute("SET LOCAL app.history = 'off'")
            execute(values_statement(attribute.pk, attribute.kind, "new"), values)
            execute("SET LOCAL app.history = 'on'")
            if settings.update:
                execute(values_statement(attribute.pk, attribute.kind, "changed"), values)


def change(values: dict[str, Any], settings: Settings, execute: Callable[..., Any]) -> None:
    execute(LOCK, values)
    execute(REMEMBER.format(part=PART, ours=OURS, extras=EXTRAS if values["attributes"] else "NULL::jsonb"), values)
    changes = [SHOWN] if settings.update else []
    changes += [OPT.format(channel=channel) for channel in ("line", "mail")] if settings.consent else []
    if settings.update:
        execute(answers_statement("changed"), values)
    if changes:
        execute(CHANGE.format(part=PART, ours=OURS, changes=",".join(changes)), values)
    if settings.update:
        with connection.cursor() as cursor:
            cursor.execute(LATER_ANSWERS, values)
            if later := [member_id for (member_id,) in cursor.fetchall()]:
                reflect(later)


def make_statement() -> str:
    """Columns that other parts of the product add to members get their own default."""
    columns = dict(NEW_VALUES)
    for field in Member._meta.concrete_fields:
        if field.column and field.column not in columns and not field.null and not getattr(field, "generated", False):
            columns[field.column] = literal(field)
    return MAKE.format(columns=", ".join(columns), values=", ".join(columns.values()), part=PART)


def literal(field: "models.Field[Any, Any]") -> str:
    value = field.get_default()
    return str(value) if isinstance(value, int | float) else "'" + str(value or "").replace("'", "''") + "'"


def answers_statement(verdict: str) -> str:
    """What is new to a member is answered; for new members that is all the row says."""
    values, anything = [], []
    for compared, other in FIELDS.values():
        new = f"r.{compared} <> ''" + (f" AND r.{compared} <> m.{compared}" if verdict == "changed" else "")
        anything.append(f"({new})")
        for column in sorted((compared, other), key=len):
            values.append(f"CASE WHEN {new} THEN r.{column} ELSE '' END")
    join = f"JOIN members_member m ON {OURS}" if verdict == "changed" else ""
    return ANSWERS.format(
        values=", ".join(values), join=join, part=PART, verdict=verdict, any=" OR ".join(anything)
    )  # fmt: skip


def values_statement(attribute_id: int, kind: str, verdict: str) -> str:
    given = f"r.extras ->> '{attribute_id}'"
    columns = {"text": "''", "number": "NULL::float8", "date": "NULL::date"}
    cast, column = judging.CASTS.get(kind, ("", "text"))
    columns[column] = f"({given}){cast}"
    return VALUES.format(id=attribute_id, part=PART, verdict=verdict, **columns)


# ---------------------------------------------------------------- after
def tags(job: Job, source: MemberImport, settings: Settings) -> bool:
    """One tag a step, on all of its members at once: one batch, one signal. A merge of tags may have put another one in
    the place of a tag since the step began: with the lock it is read anew."""
    share_links()
    source.refresh_from_db(fields=["settings"])
    settings = Settings.of(source)
    if job.cursor >= len(settings.tag_ids):
        return True
    tag = Tag.objects.filter(pk=settings.tag_ids[job.cursor]).first()
    if tag:
        verdicts = ["new", "changed"] if settings.update else ["new"]
        chosen = ImportRow.objects.filter(source=source, verdict__in=verdicts, tags__contains=[job.cursor])
        members = Member.objects.filter(pk__in=chosen.values("member_id"), deleted_at=None)
        with judging.as_sets(job.done):
            batch = tagging.tag(tag, members, TagBatch.Source.IMPORT, job.operator, job)
        settings.batches.append(batch.pk)
        settings.keep(source)
    job.cursor += 1
    return False


def tell(job: Job, source: MemberImport, settings: Settings) -> bool:
    """Who can be matched now, for the apps above, in parts; the carts are read once for all of them."""
    changed = ImportRow.objects.filter(source=source, verdict__in=["new", "changed"], number__gt=job.cursor)
    part = list(changed.order_by("number").values_list("number", "member_id")[: 5 * BATCH])
    if not part:
        return True
    job.cursor = part[-1][0]
    members = [member_id for _number, member_id in part]
    identity_changed.send(Member, tenant=source.tenant, member_ids=members, record_ids=[])
    return False
