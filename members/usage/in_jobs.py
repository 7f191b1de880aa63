"""Tags that jobs name: a job puts them on or takes them off, chooses its members by them, or imports them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from jobs.models import Job
from members.models import MemberImport, Tag
from members.models.fields import LazyText
from members.usage.condition_tags import collect_condition_tags, replace_condition_tags
from members.usage.rows import Usage

# Whose params hold a selection: bulk actions (members/bulk/params.py), of apps above as well, and exports.
BULK, EXPORT = "bulk.", "members.export"
ABOUT_MEMBERS = Q(kind__startswith=BULK) | Q(kind=EXPORT)
UNDER_WAY = (Job.State.WAITING, Job.State.RUNNING)


def _list_tagging_jobs(ids: Collection[int]) -> list[Job]:
    """Return the jobs that put one of the tags on or took it off; ended ones too, for they may be undone."""
    return list(
        Job.objects.filter(kind__startswith=BULK, params__tag__in=list(ids)).order_by(
            "-created_at", "-pk"
        )
    )


def _select_loading_imports() -> Any:
    """Return the imports that are being loaded: their rows name tags by the position in a list of ids."""
    return MemberImport.objects.filter(state=MemberImport.State.LOADING).order_by("pk")


# ---------------------------------------------------------------- conditions inside of jobs
def _get_job_condition(params: Mapping[str, Any]) -> Any:
    """Return the condition by which a bulk action or an export chooses its members, if it goes by one."""
    return params.get("selection", {}).get("condition")


def _replace_job_condition(
    params: Mapping[str, Any], change: Callable[[Any], Any]
) -> dict[str, Any]:
    selection = params["selection"]
    selection = {**selection, "condition": change(selection["condition"])}
    return {**params, "selection": selection}


# ---------------------------------------------------------------- uses
def find_tag_usage_in_jobs(ids: Collection[int]) -> Iterable[tuple[int, Usage]]:
    under_way = Job.objects.filter(ABOUT_MEMBERS, state__in=UNDER_WAY)
    for job in under_way.order_by("pk"):
        named = collect_condition_tags(_get_job_condition(job.params)) | {
            job.params.get("tag")
        }
        kind = _("会員データの書き出し") if job.kind == EXPORT else _("一括処理")
        yield from _match_tags(
            named,
            ids,
            kind,
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
    for job in _list_tagging_jobs(olds):
        job.params = {**job.params, "tag": new.pk}
        job.save(update_fields=["params"])
    # A stopped job may go on, so that only a finished one needs its condition no more.
    for job in (
        Job.objects.filter(ABOUT_MEMBERS)
        .exclude(state=Job.State.DONE)
        .select_for_update(no_key=True)
    ):
        if collect_condition_tags(_get_job_condition(job.params)) & set(olds):
            job.params = _replace_job_condition(
                job.params,
                lambda condition: replace_condition_tags(condition, set(olds), new.pk),
            )
            job.save(update_fields=["params"])
    for source in _select_loading_imports().select_for_update(no_key=True):
        ids = source.settings.get("tag_ids", [])
        if set(ids) & set(olds):
            source.settings["tag_ids"] = [
                new.pk if tag_id in olds else tag_id for tag_id in ids
            ]
            source.save(update_fields=["settings"])
