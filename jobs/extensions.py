"""What the jobs add to the apps below."""

from django.utils.translation import gettext_lazy as _

from console.extension import ConsoleExtension
from jobs.runner import ENDED, FAILED
from jobs.texts import count_my_jobs, describe_job_notices
from operators.extension import OperatorsExtension
from operators.notify import NoticeKind

CONSOLE = ConsoleExtension("jobs", header={"my_jobs": count_my_jobs})
OPERATORS = OperatorsExtension(
    "jobs",
    notice_kinds=(
        NoticeKind(
            ENDED, _("処理の完了"), describe=describe_job_notices, by_mail=False
        ),
        NoticeKind(FAILED, _("処理の失敗"), describe=describe_job_notices),
    ),
)
