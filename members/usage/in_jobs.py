"""Tags that jobs name: a job puts them on or takes them off, chooses its members by them, or imports them.

Which params name one is marked on the dataclass of the kind (jobs/params.py), also of kinds of upper apps: ``Tag`` for
the id of a tag, ``Member`` for a selection of members, whose condition may name tags.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from jobs.models import Job
from jobs.params import list_used_fields
from jobs.runner import Kind, list_kinds
from members.models import Member, MemberImport, Tag
from members.models.fields import LazyText
from members.usage.condition_tags import collect_condition_tags, replace_condition_tags
from members.usage.rows import Usage

BULK = "bulk."
UNDER_WAY = (Job.State.WAITING, Job.State.RUNNING)


def find_marked_kinds(model: type[Any]) -> dict[str, tuple[Kind, list[str]]]:
    """Return the kinds of job whose params name rows of ``model``, each with those params, by its name."""
    return {
        kind.name: (kind, names)
        for kind in list_kinds()
        if (names := list_used_fields(kind.params, model))
    }


def _select_loading_imports() -> Any:
    """Return the imports that are being loaded: their rows name tags by the position in a list of ids."""
    return MemberImport.objects.filter(state=MemberImport.State.LOADING).order_by("pk")


# ---------------------------------------------------------------- uses
def find_tag_usage_in_jobs(ids: Collection[int]) -> Iterable[tuple[int, Usage]]:
    tagging, choosing = find_marked_kinds(Tag), find_marked_kinds(Member)
    kinds = tagging | choosing
    under_way = Job.objects.filter(kind__in=kinds, state__in=UNDER_WAY)
    for job in under_way.order_by("pk"):
        kind, _names = kinds[job.kind]
        _kind, tags = tagging.get(job.kind, (kind, []))
        _kind, selections = choosing.get(job.kind, (kind, []))
        named = {job.params.get(name) for name in tags}
        for name in selections:
            named |= collect_condition_tags(job.params.get(name, {}).get("condition"))
        yield from _match_tags(
            named,
            ids,
            _("一括処理") if job.kind.startswith(BULK) else kind.label,
            job.get_state_display(),
            reverse_lazy("jobs:job", args=[job.public_id]),
        )
    for source in _select_loading_imports():
        named = set(source.settings.get("tag_ids", []))
        yield from _match_tags(
            named,
            ids,
            _("会員の取り込み"),
            source.name,
            reverse_lazy("members:import", args=[source.public_id]),
        )


def _match_tags(
    named: Collection[Any],
    ids: Collection[int],
    kind: LazyText,
    name: LazyText,
    url: LazyText,
) -> Iterable[tuple[int, Usage]]:
    for tag_id in sorted(set(ids) & set(named)):
        yield tag_id, Usage(kind, str(name), url)


# ---------------------------------------------------------------- when tags are merged
def replace_tags_in_jobs(olds: Collection[int], new: Tag) -> None:
    """Name ``new`` in the place of the others; in ended jobs too, for they may be undone."""
    for kind, (_kind, names) in find_marked_kinds(Tag).items():
        for name in names:
            jobs = Job.objects.filter(kind=kind, **{f"params__{name}__in": list(olds)})
            for job in jobs.order_by("-created_at", "-pk"):
                job.params = {**job.params, name: new.pk}
                job.save(update_fields=["params"])
    _replace_tags_in_selections(olds, new)
    for source in _select_loading_imports().select_for_update(no_key=True):
        ids = source.settings.get("tag_ids", [])
        if set(ids) & set(olds):
            source.settings["tag_ids"] = [
                new.pk if tag_id in olds else tag_id for tag_id in ids
            ]
            source.save(update_fields=["settings"])


def _replace_tags_in_selections(olds: Collection[int], new: Tag) -> None:
    """Rewrite the conditions by which jobs choose their members; a stopped job may go on, a finished one needs none."""
    choosing = find_marked_kinds(Member)
    jobs = Job.objects.filter(kind__in=choosing).exclude(state=Job.State.DONE)
    for job in jobs.select_for_update(no_key=True):
        for name in choosing[job.kind][1]:
            selection = job.params.get(name, {})
            condition = selection.get("condition")
            if collect_condition_tags(condition) & set(olds):
                condition = replace_condition_tags(condition, set(olds), new.pk)
                job.params = {**job.params, name: {**selection, "condition": condition}}
                job.save(update_fields=["params"])
