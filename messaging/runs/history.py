"""The runs through step messages, as 実行ログ tells of them: what started each, how far it is, why it ended."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Enrollment, Trigger
from messaging.scenarios.people import explain_refusal
from messaging.triggers.kinds import get_trigger_kind

# State of a run → its label, and the colour of its badge.
LABELS: dict[str, str | Promise] = {
    "running": gettext_lazy("実行中"),
    "done": gettext_lazy("完了"),
    "ended": gettext_lazy("途中で終了"),
    "refused": gettext_lazy("開始せず"),
}
COLOURS = {"running": "busy", "done": "ok", "ended": "neutral", "refused": "neutral"}
QUERIES = {
    "running": Q(refused="", ended_at=None, is_under_way=True),
    "done": Q(refused="", ended_at=None, is_under_way=False),
    "ended": Q(ended_at__isnull=False),
    "refused": ~Q(refused=""),
}
# Why a run ended before its last message.
ENDED: dict[str, str | Promise] = {
    "stopped": gettext_lazy("停止条件に当てはまりました。"),
    "goal": gettext_lazy("ゴールに達しました。"),
    "restarted": gettext_lazy("新しいきっかけで最初から始まりました。"),
    "scenario_deleted": gettext_lazy("ステップメッセージが削除されました。"),
    "by_operator": gettext_lazy("オペレーターが残りを取り消しました。"),
}


def list_logged_runs() -> QuerySet[Any]:
    """Return all runs with what the log shows beside each; ``is_under_way``: a message of it has not gone out."""
    return Enrollment.objects.with_progress().select_related("member", "scenario")


def find_run_state(run: Any) -> str:
    """Return "refused", "ended", "running" or "done" for a row of ``list_logged_runs``."""
    if run.refused:
        return "refused"
    if run.ended_at:
        return "ended"
    return "running" if run.is_under_way else "done"


def explain_run(run: Enrollment) -> str:
    """Return why it did not start, or why it ended early; "" for one that took its course."""
    if run.refused:
        return explain_refusal(run)
    return str(ENDED.get(run.ended_why, ""))


def describe_starts(runs: Iterable[Enrollment]) -> dict[int, str]:
    """Return what started each run, by its number: the trigger as it reads now."""
    runs = list(runs)
    wanted = {run.started_by for run in runs if run.started_by}
    rows = Trigger.objects.filter(pk__in=wanted).select_related("tag", "attribute")
    known = {row.pk: get_trigger_kind(row.kind).describe(row) for row in rows}
    gone, by_hand = _("削除されたきっかけ"), _("オペレーターの操作")
    return {
        run.pk: known.get(run.started_by, gone) if run.started_by else by_hand
        for run in runs
    }
