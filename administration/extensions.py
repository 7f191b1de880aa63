"""What the pages about the shop add to the apps below."""

from django.utils.translation import gettext_lazy as _

from administration.plans.watch import NEAR_LIMIT, describe_near_limit
from operators.extension import OperatorsExtension
from operators.notify import NoticeKind
from operators.roles import MANAGE

OPERATORS = OperatorsExtension(
    "administration",
    notice_kinds=(
        NoticeKind(NEAR_LIMIT, _("会員数の上限"), MANAGE, describe_near_limit),
    ),
)
