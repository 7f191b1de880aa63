"""Tags that jobs name: a job puts them on or takes them off, chooses its members by them, or imports them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from jobs.models import Job
from members.models import MemberImport, Tag
from members.usage.registry import TagUser, Use, Words, tags_in, with_tag

# These jobs merge or delete the tag itself.
OWN = ("members.merge_tags", "members.delete_tag")
UNDER_WAY = (Job.State.WAITING, Job.State.RUNNING)


def jobs_about(ids: Collection[int]) -> list[Job]:
    """Return the jobs that put one of the tags on or took it off; ended ones too, for they may be undone."""
    return list(
        Job.objects.exclude(kind__in=OWN)
        .filter(params__tag__in=list(ids))
        .order_by("-created_at", "-pk")
    )


def imports() -> Any:
    """Return the imports that are being loaded: their rows name tags by the position in a list of ids."""
    return MemberImport.objects.filter(state=MemberImport.State.LOADING).order_by("pk")


# ---------------------------------------------------------------- conditions inside of jobs
def condition_of(params: Mapping[str, Any]) -> Any:
    """Return the condition by which a bulk action or an export chooses its members."""
    return params.get("selection", params).get("condition")


def with_condition(
    params: Mapping[str, Any], change: Callable[[Any], Any]
) -> dict[str, Any]:
    if "selection" in params:
        return {**params, "selection": with_condition(params["selection"], change)}
    return {**params, "condition": change(params["condition"])}


# ---------------------------------------------------------------- uses
def uses(ids: Collection[int]) -> Iterable[tuple[int, Use]]:
    for job in (
        Job.objects.exclude(kind__in=OWN).filter(state__in=UNDER_WAY).order_by("pk")
    ):
        named = tags_in(condition_of(job.params)) | {job.params.get("tag")}
        kind = _("会員データの書き出し") if "selection" in job.params else _("一括処理")
        yield from found(
            named,
            ids,
            kind,
            job.get_state_display(),
            reverse_lazy("jobs:job", args=[job.public_id]),
        )
    for source in imports():
        named = set(source.settings.get("tag_ids", []))
        yield from found(
            named,
            ids,
            _("会員の取り込み"),
            source.name,
            reverse_lazy("members:import", args=[source.public_id]),
        )


def found(
    named: Collection[Any], ids: Collection[int], kind: Words, name: Words, url: Words
) -> Iterable[tuple[int, Use]]:
    for tag_id in sorted(set(ids) & set(named)):
        yield tag_id, Use(kind, str(name), url)


# ---------------------------------------------------------------- when tags are merged
def replace(olds: Collection[int], new: Tag) -> None:
    for job in jobs_about(olds):
        job.params = {**job.params, "tag": new.pk}
        job.save(update_fields=["params"])
    # A stopped job may go on, so that only a finished one needs its condition no more.
    asking = Q(params__has_key="condition") | Q(params__has_key="selection")
    for job in (
        Job.objects.filter(asking)
        .exclude(state=Job.State.DONE)
        .select_for_update(no_key=True)
    ):
        if tags_in(condition_of(job.params)) & set(olds):
            job.params = with_condition(
                job.params, lambda condition: with_tag(condition, set(olds), new.pk)
            )
            job.save(update_fields=["params"])
    for source in imports().select_for_update(no_key=True):
        ids = source.settings.get("tag_ids", [])
        if set(ids) & set(olds):
            source.settings["tag_ids"] = [
                new.pk if tag_id in olds else tag_id for tag_id in ids
            ]
            source.save(update_fields=["settings"])


USER = TagUser(uses, replace)
