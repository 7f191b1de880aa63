"""What the pages about the shop add to the apps below."""

from django.utils.translation import gettext_lazy as _

from administration.erasure.job import ERASE_MEMBER
from administration.help.finder import find_pages
from administration.help.views import find_page_help
from administration.plans.watch import NEAR_LIMIT, describe_near_limit
from administration.platform.support import ENTERED, describe_entered
from administration.shops.notices import (
    describe_decided,
    describe_ended,
    describe_ends,
)
from administration.shops.trials import DECIDED, ENDED, ENDS
from console.extension import ConsoleExtension
from jobs.extension import JobsExtension
from operators.extension import OperatorsExtension
from operators.notify import NoticeKind
from operators.roles import MANAGE

CONSOLE = ConsoleExtension(
    "administration", find_pages=find_pages, header={"page_help": find_page_help}
)
JOBS = JobsExtension("administration", kinds=lambda: (ERASE_MEMBER,))
OPERATORS = OperatorsExtension(
    "administration",
    notice_kinds=(
        NoticeKind(NEAR_LIMIT, _("会員数の上限"), MANAGE, describe_near_limit),
        NoticeKind(ENTERED, _("サポートの立ち入り"), MANAGE, describe_entered),
        NoticeKind(ENDS, _("お試し期間の終了の予告"), MANAGE, describe_ends),
        NoticeKind(ENDED, _("お試し期間の終了"), MANAGE, describe_ended),
        NoticeKind(DECIDED, _("正式利用の審査の結果"), MANAGE, describe_decided),
    ),
)
