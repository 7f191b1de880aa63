"""What the messages add to the apps below, and what they ship of their own."""

from django.utils.translation import gettext_lazy as _

from jobs.extension import JobsExtension
from members.extension import MembersExtension
from messaging import condition_fields
from messaging.accounts.connections import LINE, MAIL
from messaging.accounts.pause import STOPPED
from messaging.booked import jobs
from messaging.bounces.record import HANDLER
from messaging.deliveries.undo import UNDO_COUNTER, find_messaged_members
from messaging.extension import MessagingExtension
from messaging.mailboxes.poll import STOPPED as MAILBOX_STOPPED
from messaging.scenarios import ask_again, enrol_job
from messaging.screens import member_panels
from messaging.screens.heard import panel
from operators.extension import OperatorsExtension
from operators.notify import NoticeKind
from operators.roles import CONNECT

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
        NoticeKind(STOPPED, _("LINEアカウントの送信停止"), CONNECT),
        NoticeKind(MAILBOX_STOPPED, _("受信アカウントの停止"), CONNECT),
    ),
)
OWN = MessagingExtension(
    "messaging", connections=(LINE, MAIL), mail_handlers=(HANDLER,)
)
