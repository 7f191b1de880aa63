"""What the operator reads of an import's jobs: their titles, their outcome, and what an undo would do."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from jobs.models import Job
from jobs.params import read_params
from members.attributes.personal import show_personal
from members.bulk.tag_outcome import describe_cancelled_messages
from members.bulk.tags import describe_messages_to_cancel
from members.models import ImportRow, Member, MemberImport


@dataclass(frozen=True)
class ImportParams:
    """``source``: the number of the MemberImport; ``now``: step messages that its tags start do not wait for the undo
    window."""

    source: int
    now: bool = True


OUTCOME = ("removed", "kept", "restored", "cancelled", "sent")


def find_import_of_job(job: Job) -> MemberImport | None:
    return MemberImport.objects.filter(pk=read_params(job, ImportParams).source).first()


def _get_file_name(job: Job) -> str:
    source = find_import_of_job(job)
    return source.name if source else ""


def get_import_check_title(job: Job) -> str:
    return _("「%(file)s」の確認") % {"file": _get_file_name(job)}


def get_import_load_title(job: Job) -> str:
    return _("「%(file)s」の取り込み") % {"file": _get_file_name(job)}


def get_import_undo_title(job: Job) -> str:
    return _("「%(file)s」の取り込みを元に戻す") % {"file": _get_file_name(job)}


def describe_import_counts(job: Job) -> list[str]:
    source = find_import_of_job(job)
    if not source or not source.counts:
        return []
    words = {name: f"{number:,}" for name, number in source.counts.items()}
    return [
        _(
            "新規%(new)s名、更新%(changed)s名、変更なし%(same)s名、対象外%(left)s名、エラー%(wrong)s行。"
        )
        % {name: words.get(name, "0") for name in ImportRow.Decision.values}
    ]


def describe_import_undo_outcome(job: Job) -> list[str]:
    words = {name: f"{job.result.get(name, 0):,}" for name in OUTCOME}
    lines = [
        _(
            "追加した会員%(removed)s名を削除し、更新した会員%(restored)s名を元に戻しました。"
        )
        % words
    ]
    if job.result.get("kept"):
        lines.append(
            _(
                "取り込みのあとに回答・タグ・配信・連携などがあった%(kept)s名は、そのまま残しました。"
            )
            % words
        )
        lines.append(list_remaining_members(job))
    return lines + describe_cancelled_messages(job)


def list_remaining_members(job: Job) -> str:
    """Return the names of the members whom the undo kept, and how many more there are."""
    ids = job.result.get("kept_ids", [])
    people = Member.objects.filter(pk__in=ids).order_by("pk")
    names = _("、").join(
        show_personal(member) or _("（名前なし）") for member in people
    )
    more = job.result["kept"] - len(ids)
    if more > 0:
        return _("残した会員：%(names)s、ほか%(n)s名") % {
            "names": names,
            "n": f"{more:,}",
        }
    return _("残した会員：%(names)s") % {"names": names}


def get_import_url(job: Job) -> str:
    source = find_import_of_job(job)
    return reverse("members:import", args=[source.public_id]) if source else ""


def describe_undo_of_import_job(job: Job) -> str:
    source = find_import_of_job(job)
    return describe_import_undo(source) if source else ""


def describe_import_undo(source: MemberImport) -> str:
    """Return a text about what the undo does, and to how many messages."""
    words = _(
        "追加した会員を削除し、更新した項目・タグ・受信設定を取り込みの前に戻します。取り込みのあとに変更や配信があった会員はそのまま残ります。"
    )
    return words + describe_messages_to_cancel(source.settings.get("batches", []))
