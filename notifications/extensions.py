"""What the notices add to the apps below."""

from django.utils.translation import gettext_lazy as _

from console.extension import ConsoleExtension
from forms_builder.extension import FormsExtension
from messaging.extension import MessagingExtension
from notifications.audience import explain_audience
from notifications.bell import count_unread_notices
from notifications.phones import (
    PHONE_ENDED,
    drop_unfollowed_phone,
    link_phone_by_code,
    list_staff_line_ids,
)
from notifications.preferences import TEST
from notifications.texts import describe_ended_phones
from operators.extension import OperatorsExtension
from operators.notify import NoticeKind

CONSOLE = ConsoleExtension(
    "notifications", header={"unread_notices": count_unread_notices}
)
FORMS = FormsExtension("notifications", explain_audience=explain_audience)
MESSAGING = MessagingExtension(
    "notifications",
    heard=link_phone_by_code,
    unfollowed=drop_unfollowed_phone,
    staff=list_staff_line_ids,
)
OPERATORS = OperatorsExtension(
    "notifications",
    notice_kinds=(
        NoticeKind(TEST, _("テスト通知")),
        NoticeKind(PHONE_ENDED, _("スマホ連携の解除"), describe=describe_ended_phones),
    ),
)
