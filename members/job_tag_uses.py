"""Tags that bulk jobs put on or take off: while one is under way, and for taking it back later."""

from collections.abc import Collection, Iterable

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from console.models import Job
from members.models import Tag
from members.uses import TagUser, Use

# These are about the tag itself; they end with it.
OWN = ("members.merge_tags", "members.delete_tag")


def jobs_about(ids: Collection[int]) -> list[Job]:
    return list(Job.objects.exclude(kind__in=OWN).filter(params__tag__in=list(ids)).order_by("-created_at", "-pk"))


def uses(ids: Collection[int]) -> Iterable[tuple[int, Use]]:
    under_way = Job.objects.exclude(kind__in=OWN).filter(state__in=("waiting", "running")).order_by("pk")
    for job in under_way:
        if job.params.get("tag") in ids:
            name = str(job.get_state_display())
            yield job.params["tag"], Use(_("一括処理"), name, reverse_lazy("console:job", args=[job.public_id]))


def replace(olds: Collection[int], new: Tag) -> None:
    for job in jobs_about(olds):
        job.params = {**job.params, "tag": new.pk}
        job.save(update_fields=["params"])


USER = TagUser(uses, replace)
