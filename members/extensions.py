"""What the members ship of their own, and what they add to the apps below."""

from collections.abc import Iterator

from console.extension import ConsoleExtension
from jobs.extension import JobsExtension
from jobs.runner import Kind
from members.bulk import members, optout, tags
from members.bulk.actions import list_kinds
from members.conditions.fields import attributes, basics, birthday, dates, visits
from members.conditions.presets import PRESETS
from members.exports.columns import COLUMNS
from members.exports.job import EXPORTING
from members.extension import MembersExtension
from members.imports.load import jobs
from members.listing import standard_columns
from members.merge.references import RULES
from members.screens.profile import panels, panels_attributes, panels_care, registry
from members.segments.manage import describe_belongings, leave_to_makers
from members.usage import archive_attribute, delete_tag, merge_tags
from members.valuelists.lookup import SOURCES
from operators.extension import OperatorsExtension


def list_job_kinds() -> Iterator[Kind]:
    """Yield the kinds of job of this app, and those of every app's bulk actions."""
    yield from list_kinds()
    yield from jobs.KINDS
    yield from (EXPORTING, merge_tags.MERGE, delete_tag.REMOVAL)
    yield archive_attribute.DELETION


OWN = MembersExtension(
    "members",
    condition_fields=(
        *basics.FIELDS,
        *birthday.FIELDS,
        *dates.FIELDS,
        *visits.FIELDS,
    ),
    condition_families=(attributes.ITEMS,),
    presets=PRESETS,
    value_sources=SOURCES,
    list_columns=standard_columns.COLUMNS,
    export_columns=COLUMNS,
    bulk_actions=(
        members.SET,
        members.DELETE,
        members.RESTORE,
        members.INQUIRE,
        optout.OPT_OUT,
        optout.OPT_IN,
        tags.TAG,
        tags.UNTAG,
    ),
    tabs=(*registry.ENDS, *panels.TABS),
    panels=(*panels.PANELS, *panels_care.PANELS, panels_attributes.PANEL),
    merge_rules=RULES,
)
JOBS = JobsExtension("members", kinds=list_job_kinds)
OPERATORS = OperatorsExtension(
    "members", belongings=(describe_belongings,), leave_group=(leave_to_makers,)
)
CONSOLE = ConsoleExtension("members", search="members:search")
