"""会員情報項目 archived, restored and, if they are the shop's own, deleted for good.

An archived attribute is not collected and shown nowhere (``get_archived_keys``); its values stay.
Something may still need an attribute: each app says what, and the page links to where that is changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import runner
from jobs.models import Job
from jobs.params import read_params
from members.attributes.definitions import get_archived_keys
from members.db import lock_links_exclusively, skip_history
from members.models import Attribute, AttributeValue
from members.models.attributes import SYSTEM_NAMES
from members.usage.attributes import find_needs
from members.usage.rows import Usage
from operators import audit
from operators.models import Operator
from operators.roles import EDIT

KIND = "members.delete_attribute"
# A member counts as known by at least one of these, so one of them must stay.
CONTACTS = ("email", "phone")
BATCH_SIZE = 100_000


@dataclass(frozen=True)
class AttributeDeletionParams:
    """``about``: what the item is called, which will be gone."""

    attribute: int
    about: str = ""


class AttributeInUse(Exception):
    """Something needs the attribute; ``list_archive_blockers`` says what."""


# ---------------------------------------------------------------- what is in the way
def list_archive_blockers(attribute: Attribute) -> list[Usage]:
    """Return what needs the attribute as it is, each with the page where that is changed."""
    return [*_list_last_contact(attribute), *find_needs(attribute)]


def _list_last_contact(attribute: Attribute) -> Iterable[Usage]:
    others = [key for key in CONTACTS if key != attribute.system]
    if attribute.system in CONTACTS and set(others) <= get_archived_keys():
        other = str(SYSTEM_NAMES[others[0]])
        yield Usage(
            gettext_lazy("会員を知る手がかり"),
            _("%(other)sはすでに保管しています。先に復元してください。")
            % {"other": other},
            reverse_lazy("members:attributes"),
        )


# ---------------------------------------------------------------- verbs
@transaction.atomic
def archive_attribute(attribute: Attribute) -> None:
    """Archive the attribute. Its values stay, so that restoring it brings all of them back. Raise StillNeeded."""
    lock_links_exclusively()  # when two operators archive the last two contacts, one of them comes second
    if list_archive_blockers(attribute):
        raise AttributeInUse
    attribute.archived_at = timezone.now()
    attribute.save(update_fields=["archived_at"])
    audit.record_action("attribute.archived", attribute)


@transaction.atomic
def restore_attribute(attribute: Attribute) -> None:
    attribute.archived_at = None
    attribute.save(update_fields=["archived_at"])
    audit.record_action("attribute.restored", attribute)


@transaction.atomic
def delete_value_batch(attribute: Attribute, size: int = BATCH_SIZE) -> int:
    """Delete at most ``size`` values of the attribute, and return how many were deleted.

    The members' change history does not record them, for there they would live on.
    """
    lock_links_exclusively()
    values = AttributeValue.objects.filter(attribute=attribute)
    ids = list(values.order_by("member_id").values_list("member_id", flat=True)[:size])
    if ids:
        with skip_history():
            values.filter(member_id__lte=ids[-1])._raw_delete("default")
    return len(ids)


@transaction.atomic
def delete_attribute(attribute: Attribute, values: int = 0) -> None:
    """Delete an attribute whose values are gone already; ``values`` is how many there were, for the audit log.

    Raise ValueError for a system attribute, and for one that is not archived.
    """
    if attribute.system or not attribute.archived_at:
        raise ValueError("Only archived items of the shop's own are deleted.")
    audit.record_action("attribute.deleted", attribute, values=values)
    attribute.delete()


# ---------------------------------------------------------------- as a job: a million values take a while
def start_attribute_deletion(
    attribute: Attribute, operator: Operator, total: int
) -> Job:
    params = AttributeDeletionParams(attribute.pk, attribute.label)
    return runner.start_job(KIND, operator, params, total=max(total, 1))


def run_attribute_deletion_step(job: Job) -> bool:
    params = read_params(job, AttributeDeletionParams)
    attribute = Attribute.objects.filter(pk=params.attribute).first()
    if attribute and not attribute.archived_at:
        raise runner.JobFailed(
            _(
                "項目が復元されたため、削除を止めました。もう一度保管してから削除してください。"
            )
        )
    gone = delete_value_batch(attribute) if attribute else 0
    values = job.result.get("values", 0) + gone
    job.result, job.done = {"values": values}, min(values, job.total)
    if gone == BATCH_SIZE:
        return False
    if attribute:
        delete_attribute(attribute, values)
    job.done = job.total
    return True


def describe_attribute_deletion(job: Job) -> list[str]:
    if job.state != Job.State.DONE:
        return []
    words = {
        "name": read_params(job, AttributeDeletionParams).about,
        "n": f"{job.result.get('values', 0):,}",
    }
    said = [_("項目「%(name)s」を削除しました。")]
    said += [_("会員%(n)s名の値も消しました。")] if job.result.get("values") else []
    return [line % words for line in said]


def get_attribute_deletion_title(job: Job) -> str:
    about = read_params(job, AttributeDeletionParams).about
    return (
        _("会員情報項目の削除：%(name)s") % {"name": about}
        if about
        else _("会員情報項目の削除")
    )


DELETION = runner.Kind(
    KIND,
    get_attribute_deletion_title,
    run_attribute_deletion_step,
    EDIT,
    lines=describe_attribute_deletion,
    params=AttributeDeletionParams,
    label=gettext_lazy("会員情報項目の削除"),
    stoppable=False,
)
