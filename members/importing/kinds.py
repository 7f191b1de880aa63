"""The three long parts of an import as jobs: check, load, take back."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from console import jobs
from console.models import Job
from members.importing import checking, judging, loading, undoing
from members.importing.keeping import tidy_after
from members.models import ImportRow, MemberImport
from tenants import audit
from tenants.access import EDIT
from tenants.models import Operator
from tenants.scope import current_operator

CHECK, LOAD, UNDO = "member.import_check", "member.import_load", "member.import_undo"
UNDO_WITHIN = timedelta(hours=24)
State = MemberImport.State
# In which states each may begin.
FROM = {
    CHECK: (State.UPLOADED, State.CHECKED, State.FAILED), LOAD: (State.CHECKED,), UNDO: (State.DONE, State.FAILED)
}  # fmt: skip


def source_of(job: Job) -> MemberImport | None:
    return MemberImport.objects.filter(pk=job.params.get("import", 0)).first()


# ---------------------------------------------------------------- verbs
@transaction.atomic
def check(source: MemberImport, operator: Operator) -> Job | None:
    """Start the dry run."""
    return begin(CHECK, source, State.CHECKING, operator, source.settings.get("about", 0))


@transaction.atomic
def load(source: MemberImport, operator: Operator) -> Job | None:
    """Start the load of what the check found; wrong rows are left out."""
    return begin(LOAD, source, State.LOADING, operator, sum(source.counts.values()))


@transaction.atomic
def undo(source: MemberImport, operator: Operator | None) -> Job | None:
    """Start taking back."""
    done = source.job.done if source.job else 0
    return begin(UNDO, source, State.UNDOING, operator, done)


def begin(kind: str, source: MemberImport, state: str, operator: Operator | None, total: int) -> Job | None:
    """None when the import has gone on meanwhile, by another press of the button."""
    there = MemberImport.objects.filter(pk=source.pk, state__in=FROM[kind])
    there = there if kind == UNDO else there.filter(loaded_at=None)
    if not there.update(state=state, note=""):
        return None
    source.state, source.note = state, ""
    audit.record("import.started", source, kind=kind, total=total)
    job = jobs.start(kind, operator, {"import": source.pk}, total)
    MemberImport.objects.filter(pk=source.pk).update(job=job)
    return job


def superseded(job: Job) -> bool:
    """Whether the import has gone on with a later job: this one, stopped before it began, must not be resumed."""
    source = source_of(job)
    return not source or (source.job_id or 0) > job.pk


def newest(step: Callable[[Job], bool]) -> Callable[[Job], bool]:
    def checked_step(job: Job) -> bool:
        if superseded(job):
            raise jobs.JobFailed(
                _(
                    "この取り込みは、あとから別の処理で進められたため、続けられません。取り込みの画面を確かめてください。"
                )
            )
        return step(job)

    return checked_step


def undoable(source: MemberImport) -> bool:
    """Within 24 hours, while the rows say what was before."""
    if source.state not in (State.DONE, State.FAILED) or not source.loaded_at or not source.path:
        return False
    return source.loaded_at + UNDO_WITHIN > timezone.now()


# ---------------------------------------------------------------- how they end
def checked(job: Job) -> None:
    ends = {Job.State.DONE: State.CHECKED, Job.State.STOPPED: State.UPLOADED}
    ended(job, ends.get(Job.State(job.state), State.FAILED))


def loaded(job: Job) -> None:
    """However it ends: what was loaded is there and may be taken back."""
    source = source_of(job)
    if not source or superseded(job):
        return
    if not source.loaded_at:
        ended(job, State.CHECKED if job.state == Job.State.STOPPED else State.FAILED)
        return
    source.counts = {**source.counts, **judging.counts(source)}
    note = ""
    if job.state != Job.State.DONE:
        words = _("%(done)s行まで取り込んで止まりました。残りは、続きから実行するか、もう一度取り込んでください。")
        note = f"{job.note} {words % {'done': f'{job.done:,}'}}".strip()[:300]
    source.state, source.note = State.DONE, note
    source.save(update_fields=["state", "note", "counts"])
    tidy_after(source)


def undone(job: Job) -> None:
    source = source_of(job)
    if source:
        source.counts = {**source.counts, **{name: job.result.get(name, 0) for name in ("removed", "kept", "restored")}}
        source.save(update_fields=["counts"])
    ended(job, State.UNDONE if job.state == Job.State.DONE else State.DONE)


def ended(job: Job, state: str) -> None:
    if not superseded(job):
        MemberImport.objects.filter(pk=job.params.get("import", 0)).update(state=state, note=job.note)


# ---------------------------------------------------------------- what the operator reads
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
        _("新規%(new)s件、更新%(changed)s件、変更なし%(same)s件、対象外%(left)s件、エラー%(wrong)s件。")
        % {name: words.get(name, "0") for name in ImportRow.Verdict.values}
    ]


def undo_lines(job: Job) -> list[str]:
    words = {name: f"{job.result.get(name, 0):,}" for name in ("removed", "kept", "restored")}
    lines = [_("追加した会員%(removed)s件を削除し、更新した会員%(restored)s件を元に戻しました。") % words]
    if job.result.get("kept"):
        lines.append(_("取り込みのあとに回答・タグ・配信・連携などがあった%(kept)s件は、そのまま残しました。") % words)
    return lines


def page(job: Job) -> str:
    source = source_of(job)
    return reverse("members:import", args=[source.public_id]) if source else ""


def load_undoable(job: Job) -> bool:
    source = source_of(job)
    return bool(source and source.job_id == job.pk and undoable(source))


def undo_load(job: Job) -> Job | None:
    source = MemberImport.objects.select_related("job").filter(pk=job.params["import"]).first()
    return undo(source, current_operator()) if source and load_undoable(job) else None


def undo_note(job: Job) -> str:
    return _(
        "追加した会員を削除し、更新した項目・タグ・受信設定を取り込みの前に戻します。取り込みのあとに変更や配信があった会員はそのまま残ります。"
    )


KINDS = (
    jobs.Kind(CHECK, check_title, newest(checking.step), EDIT, lines=counted, ended=checked, url=page),
    jobs.Kind(
        LOAD, load_title, newest(loading.step), EDIT, lines=counted, ended=loaded, url=page, resumable=True,
        undo=undo_load, undoable=load_undoable, undo_note=undo_note,
    ),
    jobs.Kind(
        UNDO, undo_title, newest(undoing.step), EDIT, lines=undo_lines, ended=undone, url=page, stoppable=False,
        resumable=True,
    ),
)  # fmt: skip
for kind in KINDS:
    jobs.register(kind)
