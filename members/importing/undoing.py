"""取り込みを元に戻す: its tags come off, its answers are taken back, members show what they were.

Members that it made are deleted softly if nothing else has come to them since, so a mistake here can be restored too;
their LINE id is let go, so that the corrected file can bring them in again. Whom somebody or something touched since
(an answer, a tag, a note, a message, a link with a cart) stays and is counted.
"""

from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey

from console.jobs import JobFailed
from console.models import Job
from members import tagging
from members.answering import reflect
from members.importing import judging, loading
from members.importing.loading import PART, UPTO, lost_words, parameters
from members.importing.settings import Settings
from members.models import IdentityRecord, Member, MemberChange, MemberImport, TagBatch
from members.signals import identity_changed
from tenants.scope import acting

MADE = f"""
SELECT id FROM members_member WHERE tenant_id = %(tenant)s AND deleted_at IS NULL AND id = ANY(ARRAY(
    SELECT r.member_id FROM members_importrow r WHERE {PART} AND r.verdict = 'new')) ORDER BY id FOR NO KEY UPDATE
"""
REMOVE = """
UPDATE members_member SET deleted_at = now(), line_user_id = NULL
WHERE tenant_id = %(tenant)s AND id = ANY(%(members)s)
"""
TAKE_BACK = f"""
DELETE FROM members_identityrecord i USING members_importrow r
WHERE {PART} AND r.verdict = 'changed' AND i.tenant_id = %(tenant)s AND i.member_id = ANY(%(members)s)
  AND i.member_id = r.member_id
  AND i.received_at = %(at)s AND i.source = 'import' AND i.public_id = r.fresh_id
"""
WAS = "(r.before ->> '{column}')"
# A column goes back only while it still shows what the import put there.
BACK = """{column} = CASE WHEN {ours} THEN {was} ELSE m.{column} END"""
VALUES_BACK = """
INSERT INTO members_attributevalue AS v (tenant_id, attribute_id, member_id, text, number, date)
SELECT r.tenant_id, {id}, r.member_id, coalesce(was ->> 0, ''), (was ->> 1)::float8, (was ->> 2)::date
FROM members_importrow r, LATERAL (SELECT r.before -> 'extras' -> '{id}' AS was) b
WHERE {part} AND r.verdict = 'changed' AND r.extras ->> '{id}' IS NOT NULL AND was IS NOT NULL
ON CONFLICT (tenant_id, attribute_id, member_id) DO UPDATE
SET text = excluded.text, number = excluded.number, date = excluded.date
"""
VALUES_GONE = """
DELETE FROM members_attributevalue v USING members_importrow r
WHERE {part} AND r.verdict = 'changed' AND r.extras ->> '{id}' IS NOT NULL
  AND v.tenant_id = %(tenant)s AND v.attribute_id = {id} AND v.member_id = ANY(%(members)s)
  AND v.member_id = r.member_id
  AND coalesce(r.before -> 'extras' -> '{id}', 'null') = 'null' {still}
"""
# Rows that come with every import or are drawn from the member itself; any other says that somebody touched it.
OWN = {
    f"members.{name}"
    for name in (
        "IdentityRecord", "AttributeValue", "ImportRow", "MemberChange", "PastTag", "MemberName", "ValueListMember",
    )
}  # fmt: skip


def step(job: Job) -> bool:
    source = MemberImport.objects.select_related("tenant").get(pk=job.params["import"])
    settings = Settings.of(source)
    with acting(job.operator, "import"):
        if job.result.get("phase") != "rows":
            if take_off_tags(job, settings):
                job.cursor, job.result = 0, {**job.result, "phase": "rows"}
            return False
        return rows(job, source, settings)


def take_off_tags(job: Job, settings: Settings) -> bool:
    if job.cursor >= len(settings.batches):
        return True
    batch = TagBatch.objects.select_related("tag").filter(pk=settings.batches[job.cursor]).first()
    if batch:
        tagging.undo(batch, job.operator)
    job.cursor += 1
    return False


def rows(job: Job, source: MemberImport, settings: Settings) -> bool:
    values = parameters(job, source, settings)
    with connection.cursor() as cursor:
        cursor.execute(UPTO, values)
        values["upto"], count = cursor.fetchone()
    if not count:
        if job.done < job.total:
            raise JobFailed(lost_words(job.done))
        return True
    with judging.as_sets(count):
        removed, kept = remove_made(values)
        restored = bring_back(values, settings, source) if source.counts.get("changed") else 0
    told = {"removed": removed, "kept": kept, "restored": restored}
    job.result = {**job.result, **{name: job.result.get(name, 0) + number for name, number in told.items()}}
    job.cursor, job.done = values["upto"], job.done + count
    return False


def remove_made(values: dict[str, Any]) -> tuple[int, int]:
    """(members removed, members kept because something came to them since)."""
    with connection.cursor() as cursor:
        cursor.execute(MADE, values)
        made = [member_id for (member_id,) in cursor.fetchall()]
        if not made:
            return 0, 0
        touched = touched_since(made, values)
        gone = [member_id for member_id in made if member_id not in touched]
        cursor.execute(REMOVE, {**values, "members": gone})
    return len(gone), len(made) - len(gone)


def touched_since(members: list[int], values: dict[str, Any]) -> set[int]:
    """Those with a row of any table that points at members, or an answer or a change that is not the import's."""
    own = {"source": "import"}
    found = set(IdentityRecord.objects.filter(member__in=members).exclude(**own).values_list("member", flat=True))
    found |= set(
        IdentityRecord.objects.filter(member__in=members, received_at__gt=values["at"]).values_list("member", flat=True)
    )
    changes = MemberChange.objects.filter(member__in=members, at__gt=values["at"]).exclude(source__in=["import", ""])
    found |= set(changes.values_list("member", flat=True))
    for model in apps.get_models():
        if model._meta.label in OWN:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model is Member:
                rows = model._default_manager.filter(**{f"{field.name}__in": members})
                found |= set(rows.order_by().values_list(field.attname, flat=True).distinct())
    return found


def bring_back(values: dict[str, Any], settings: Settings, source: MemberImport) -> int:
    """Fields that still show what the import put there go back; newer answers stay."""
    with connection.cursor() as cursor:
        cursor.execute(loading.CHANGED.format(part=PART), values)
        members = [member_id for (member_id,) in cursor.fetchall()]
        if not members:
            return 0
        values = {**values, "members": members}
        cursor.execute(loading.LOCK, values)
        cursor.execute(TAKE_BACK, values)
        cursor.execute(loading.CHANGE.format(part=PART, ours=loading.OURS, changes=back()), values)
        for attribute in judging.mapped_attributes(settings):
            cast, column = judging.CASTS.get(attribute.kind, ("", "text"))
            still = f"AND v.{column} = (r.extras ->> '{attribute.pk}'){cast}"
            cursor.execute(VALUES_GONE.format(id=attribute.pk, part=PART, still=still), values)
            cursor.execute(VALUES_BACK.format(id=attribute.pk, part=PART), values)
    reflect(members)
    identity_changed.send(Member, tenant=source.tenant, member_ids=members, record_ids=[])
    return len(members)


def back() -> str:
    texts = {"name": "name", "name_key": "name", "email": "email_key", "email_key": "email_key",
             "phone": "phone_e164", "phone_e164": "phone_e164"}  # fmt: skip
    changes = [
        BACK.format(column=column, ours=f"r.{by} <> '' AND m.{by} = r.{by}", was=WAS.format(column=column))
        for column, by in texts.items()
    ]
    line = "r.line_user_id <> '' AND m.line_user_id = r.line_user_id"
    changes.append(BACK.format(column="line_user_id", ours=line, was=WAS.format(column="line_user_id")))
    born = "r.birth_md IS NOT NULL AND (m.birthday, m.birth_md) IS NOT DISTINCT FROM (r.birthday, r.birth_md)"
    changes.append(BACK.format(column="birthday", ours=born, was=WAS.format(column="birthday") + "::date"))
    changes.append(BACK.format(column="birth_md", ours=born, was=WAS.format(column="birth_md") + "::smallint"))
    for channel in ("line", "mail"):
        ours = (
            f"(m.{channel}_optout_at = %(at)s AND m.{channel}_optout_by = 'import') OR "
            f"(%(release)s AND NOT r.{channel}_optout AND m.{channel}_optout_at IS NULL)"
        )
        at, by = f"{channel}_optout_at", f"{channel}_optout_by"
        changes.append(BACK.format(column=at, ours=ours, was=WAS.format(column=at) + "::timestamptz"))
        changes.append(BACK.format(column=by, ours=ours, was=f"coalesce({WAS.format(column=by)}, '')"))
    first = "m.known_by = 'import' AND m.known_at = %(at)s"
    changes.append(BACK.format(column="known_at", ours=first, was=WAS.format(column="known_at") + "::timestamptz"))
    changes.append(BACK.format(column="known_by", ours=first, was=f"coalesce({WAS.format(column='known_by')}, '')"))
    last = "m.answered_at = %(at)s"
    changes.append(BACK.format(column="answered_at", ours=last, was=WAS.format(column="answered_at") + "::timestamptz"))
    return ",\n".join(changes)
