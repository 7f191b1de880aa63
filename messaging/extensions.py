"""What the messages add to the apps below, and what they ship of their own."""

from django.utils.translation import gettext_lazy as _

from jobs.extension import JobsExtension
from members.extension import MembersExtension
from messaging import condition_fields
from messaging.accounts import notices
from messaging.accounts.connections import LINE, MAIL
from messaging.accounts.pause import STOPPED, USED_UP
from messaging.accounts.quota import NEARLY_USED
from messaging.accounts.stop_all import ALL_STOPPED
from messaging.booked import jobs
from messaging.bounces.record import HANDLER
from messaging.deliveries.undo import UNDO_COUNTER, find_messaged_members
from messaging.extension import MessagingExtension
from messaging.mailboxes.poll import STOPPED as MAILBOX_STOPPED
from messaging.scenarios import ask_again, enrol_job
from messaging.screens import member_panels
from messaging.screens.talk import panel
from operators.extension import OperatorsExtension
from operators.notify import NoticeKind
from operators.roles import CONNECT, SEND

MEMBERS = MembersExtension(
    "messaging",
    condition_fields=condition_fields.FIELDS,
    tabs=(member_panels.TAB, panel.TAB),
    panels=(member_panels.PANEL, panel.PANEL),
    merge_rules=member_panels.MERGE_RULES,
    bulk_actions=(ask_again.ACTION,),
    undo_counters=(UNDO_COUNTER,),
    touched_by={
        "messaging.Enrollment": lambda members: (),
        "messaging.Delivery": find_messaged_members,
    },
)
JOBS = JobsExtension("messaging", kinds=lambda: (*jobs.KINDS, enrol_job.ENROL_CURRENT))
OPERATORS = OperatorsExtension(
    "messaging",
    notice_kinds=(
        NoticeKind(
            STOPPED,
            _("LINE・メールアカウントの送信停止"),
            CONNECT,
            notices.describe_stopped_accounts,
        ),
        NoticeKind(
            ALL_STOPPED, _("全配信の停止"), SEND, notices.describe_general_stops
        ),
        NoticeKind(
            notices.FAILED, _("送信の失敗・結果不明"), SEND, notices.describe_failures
        ),
        NoticeKind(
            USED_UP,
            _("LINEの送信数の上限"),
            CONNECT,
            notices.describe_stopped_accounts,
        ),
        NoticeKind(
            NEARLY_USED,
            _("LINEの送信数の残りわずか"),
            CONNECT,
            notices.describe_short_quotas,
        ),
        NoticeKind(
            MAILBOX_STOPPED,
            _("受信アカウントの停止"),
            CONNECT,
            notices.describe_stopped_mailboxes,
        ),
    ),
)
OWN = MessagingExtension(
    "messaging", connections=(LINE, MAIL), mail_handlers=(HANDLER,)
)
