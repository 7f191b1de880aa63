"""What the operator reads of an import's jobs: their titles, their outcome, and what an undo would do."""

from django.urls import reverse
from django.utils.translation import gettext as _

from jobs.models import Job
from members.bulk.tag_outcome import describe_cancelled_messages
from members.bulk.tags import stopping
from members.models import ImportRow, MemberImport

OUTCOME = ("removed", "kept", "restored", "cancelled", "sent")


def source_of(job: Job) -> MemberImport | None:
    return MemberImport.objects.filter(pk=job.params.get("import", 0)).first()


def name_of(job: Job) -> str:
    source = source_of(job)
    return source.name if source else ""


def check_title(job: Job) -> str:
    return _("「%(file)s」の確認") % {"file": name_of(job)}


def load_title(job: Job) -> str:
    return _("「%(file)s」の取り込み") % {"file": name_of(job)}


def undo_title(job: Job) -> str:
    return _("「%(file)s」の取り込みを元に戻す") % {"file": name_of(job)}


def counted(job: Job) -> list[str]:
    source = source_of(job)
    if not source or not source.counts:
        return []
    words = {name: f"{number:,}" for name, number in source.counts.items()}
    return [
        _(
            "新規%(new)s名、更新%(changed)s名、変更なし%(same)s名、対象外%(left)s名、エラー%(wrong)s行。"
        )
        % {name: words.get(name, "0") for name in ImportRow.Verdict.values}
    ]


def undo_lines(job: Job) -> list[str]:
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
    return lines + describe_cancelled_messages(job)


def page(job: Job) -> str:
    source = source_of(job)
    return reverse("members:import", args=[source.public_id]) if source else ""


def undo_note(job: Job) -> str:
    source = source_of(job)
    return undo_effect(source) if source else ""


def undo_effect(source: MemberImport) -> str:
    """Return a text about what the undo does, and to how many messages."""
    words = _(
        "追加した会員を削除し、更新した項目・タグ・受信設定を取り込みの前に戻します。取り込みのあとに変更や配信があった会員はそのまま残ります。"
    )
    return words + stopping(source.settings.get("batches", []))
