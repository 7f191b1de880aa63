"""The load: staged rows become members, answers, values and tags, one part and the cursor in one transaction.

An import is an answer with its own time, so the newest of each field wins as everywhere (members/identity/answers.py):
members who answered after that time show their later answer again. Consent changes only where the operator said so.
"""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from jobs.models import Job
from jobs.params import read_params
from members.db import lock_links_shared, set_based, skip_history
from members.identity.answers import apply_newest_answers
from members.identity.member_limit import is_limited, refuse_limit_excess
from members.imports.check import compare
from members.imports.load.lost_rows import require_rows_to_load
from members.imports.load.sql import (
    CHANGE,
    CHANGED,
    EXTRAS,
    LATE,
    LATER_ANSWERS,
    LOCK,
    NEXT_PART,
    ONCE,
    OPTOUT_COLUMNS,
    OURS,
    PART,
    REMEMBER,
    SHOWN_COLUMNS,
    build_answer_insert,
    build_member_insert,
    build_value_insert,
)
from members.imports.read.settings import Settings
from members.imports.summaries import ImportParams
from members.models import ImportRow, Member, MemberImport, Tag, TagBatch
from members.signals import identity_changed
from members.tags import assign
from members.tags.names import get_or_create_tag
from operators import audit
from tenants.scope import act_as

PART_SIZE = 20_000


def run_load_step(job: Job) -> bool:
    params = read_params(job, ImportParams)
    source = MemberImport.objects.select_related("tenant").get(pk=params.source)
    settings = Settings.of(source)
    phases: dict[str, Callable[[Job, MemberImport, Settings], bool]] = {
        "prepare": _prepare_load,
        "rows": load_next_part,
        "tags": _assign_next_tag,
        "tell": _notify_apps,
    }
    names = list(phases)
    phase = job.result.get("phase", names[0])
    require_rows_to_load(source, job.done)
    with act_as(job.operator, "import"):
        if not phases[phase](job, source, settings):
            return False
    if phase == names[-1]:
        return True
    job.cursor, job.result = 0, {**job.result, "phase": names[names.index(phase) + 1]}
    return False


# ---------------------------------------------------------------- before
def _prepare_load(job: Job, source: MemberImport, settings: Settings) -> bool:
    """Compare again when members changed since the check, make the tags, and fix the time of these answers."""
    if settings.seen != compare.get_data_marks():
        source.counts = compare.decide_rows(source)
        settings = Settings.of(source)
    refuse_limit_excess(source.counts.get("new", 0))
    settings.tag_ids = [get_or_create_tag(name).pk for name in settings.tags]
    source.loaded_at = timezone.now()
    settings.at = source.loaded_at.isoformat()
    settings.save_to(source)
    source.save(update_fields=["loaded_at", "counts"])
    audit.record_action("import.loading", source, **source.counts)
    return True


# ---------------------------------------------------------------- rows
def load_next_part(job: Job, source: MemberImport, settings: Settings) -> bool:
    refuse_limit_excess_of_rest(source, job.cursor)
    values = build_part_parameters(job, source, settings)
    with connection.cursor() as cursor:
        cursor.execute(NEXT_PART, values)
        upto, count = cursor.fetchone()
    if not count:
        return True
    # The last parts bring the index of names up to date.
    more = job.total - job.done > 2 * PART_SIZE
    load_part({**values, "upto": upto, "count": count}, settings, more)
    job.cursor, job.done = upto, job.done + count
    return False


def refuse_limit_excess_of_rest(source: MemberImport, after: int) -> None:
    """Raise JobFailed where the members to come pass the plan's limit by now.

    Friends who came in meanwhile, another import and a load that goes on days later take places that were free when
    this one began. What is loaded stays; it goes on once there is room.
    """
    if not is_limited():
        return
    rest = ImportRow.objects.filter(source=source, number__gt=after, verdict="new")
    refuse_limit_excess(rest.count())


def build_part_parameters(
    job: Job, source: MemberImport, settings: Settings
) -> dict[str, Any]:
    return {
        "tenant": source.tenant_id,
        "source": source.pk,
        "after": job.cursor,
        "batch": PART_SIZE,
        "at": parse_datetime(settings.at),
        "operator": job.operator_id,
        "origin": source.name[:100],
        "consent": settings.consent,
        "release": settings.consent and settings.release,
        "attributes": [
            attribute.pk for attribute in compare.list_mapped_attributes(settings)
        ],
    }


def load_part(values: dict[str, Any], settings: Settings, more: bool = False) -> None:
    """Load one part.

    ``more``: whether many rows follow.
    """
    lock_links_shared()
    with set_based(values["count"] >= compare.MANY), connection.cursor() as cursor:
        if more:
            cursor.execute("SET LOCAL gin_pending_list_limit = '64MB'")
        create_members(values, settings, cursor)
        cursor.execute(CHANGED.format(part=PART), values)
        values["members"] = [member_id for (member_id,) in cursor.fetchall()]
        if values["members"]:
            _change_members(values, settings, cursor)


def create_members(values: dict[str, Any], settings: Settings, cursor: Any) -> None:
    """Create new members with their answers and values.

    To look before each row whether one is in the way makes answers a third slower, members less. That is done only
    where one is: a LINE id that came in since the check.
    """
    try:
        with transaction.atomic():
            _insert_members(values, settings, cursor)
    except IntegrityError:
        _insert_members(values, settings, cursor, again=True)


def _insert_members(
    values: dict[str, Any], settings: Settings, cursor: Any, again: bool = False
) -> None:
    way = ONCE if again else ""
    cursor.execute(build_member_insert() + way, values)
    if again:
        cursor.execute(LATE.format(part=PART), values)
    cursor.execute(build_answer_insert("new") + way, values)
    # What a new member begins with is no change, so the history does not record it.
    with skip_history():
        for attribute in compare.list_mapped_attributes(settings):
            cursor.execute(build_value_insert(attribute, "new") + way, values)


def _change_members(values: dict[str, Any], settings: Settings, cursor: Any) -> None:
    """Change members, after their rows have stored what they were.

    A row that has stored it is not changed a second time.
    """
    cursor.execute(LOCK, values)
    extras = EXTRAS if values["attributes"] else "NULL::jsonb"
    cursor.execute(REMEMBER.format(part=PART, ours=OURS, extras=extras), values)
    changes = [SHOWN_COLUMNS] if settings.update else []
    changes += (
        [OPTOUT_COLUMNS.format(channel=channel) for channel in ("line", "mail")]
        if settings.consent
        else []
    )
    if settings.update:
        cursor.execute(build_answer_insert("changed"), values)
    if changes:
        cursor.execute(
            CHANGE.format(part=PART, ours=OURS, changes=",".join(changes)), values
        )
    if settings.update:
        for attribute in compare.list_mapped_attributes(settings):
            cursor.execute(build_value_insert(attribute, "changed"), values)
        cursor.execute(LATER_ANSWERS, values)
        if later := [member_id for (member_id,) in cursor.fetchall()]:
            apply_newest_answers(later)


# ---------------------------------------------------------------- after
def _assign_next_tag(job: Job, source: MemberImport, settings: Settings) -> bool:
    """Put one tag on all of its members: one tag a step, one batch, one signal.

    A merge of tags may have replaced a tag since the step began, so the settings are read again under the lock.
    """
    lock_links_shared()
    source.refresh_from_db(fields=["settings"])
    settings = Settings.of(source)
    if job.cursor >= len(settings.tag_ids):
        return True
    tag = Tag.objects.filter(pk=settings.tag_ids[job.cursor]).first()
    if tag:
        verdicts = ["new", "changed"] if settings.update else ["new"]
        chosen = ImportRow.objects.filter(
            source=source, verdict__in=verdicts, tags__contains=[job.cursor]
        )
        members = Member.objects.filter(
            pk__in=chosen.values("member_id"), deleted_at=None
        )
        with set_based(job.done >= compare.MANY):
            batch = assign.tag_members(
                tag,
                members,
                TagBatch.Source.IMPORT,
                job.operator,
                job,
                read_params(job, ImportParams).now,
            )
        settings.batches.append(batch.pk)
        settings.save_to(source)
    job.cursor += 1
    return False


def _notify_apps(job: Job, source: MemberImport, settings: Settings) -> bool:
    """Notify the apps above of members who can be matched now, in parts; carts are read once for all of them."""
    changed = ImportRow.objects.filter(
        source=source, verdict__in=["new", "changed"], number__gt=job.cursor
    )
    part = list(
        changed.order_by("number").values_list("number", "member_id")[: 5 * PART_SIZE]
    )
    if not part:
        return True
    job.cursor = part[-1][0]
    members = [member_id for _number, member_id in part]
    identity_changed.send(
        Member, tenant=source.tenant, member_ids=members, record_ids=[]
    )
    return False
