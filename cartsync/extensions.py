"""What the carts add to the apps below."""

from django.utils.translation import gettext_lazy as _

from cartsync import condition_fields, export_columns, lookups, purchase_fields
from cartsync.files.load import FILE_FAILED, LOADING
from cartsync.matching import reasons
from cartsync.matching.link_history import HISTORY_KEY
from cartsync.matching.near_misses import find_slip
from cartsync.matching.past_links import was_linked_then
from cartsync.matching.preview import describe_rule_effects
from cartsync.merge_fields import ORDER_FIELDS
from cartsync.ordermail.book import take_order_mails
from cartsync.ordermail.events import find_order_keys, list_order_pages
from cartsync.orders.export_job import EXPORTING
from cartsync.orders.ready_scenarios import READY
from cartsync.orders.sales import select_sales
from cartsync.presets import SAMPLES
from cartsync.screens.connections import CARTS, MAILBOXES
from cartsync.screens.member import panels
from cartsync.sync import intervals
from cartsync.sync.notices import (
    NEW_WORD,
    describe_cart_notices,
    describe_file_notices,
    describe_new_words,
)
from cartsync.sync.poll import STOPPED
from cartsync.triggers import TRIGGERS
from jobs.extension import JobsExtension
from members.extension import MembersExtension
from messaging.extension import MessagingExtension
from messaging.mailboxes.handle import MailHandler
from operators.extension import OperatorsExtension
from operators.notify import NoticeKind
from operators.roles import CONNECT

MEMBERS = MembersExtension(
    "cartsync",
    condition_fields=(*condition_fields.FIELDS, *purchase_fields.FIELDS),
    presets=SAMPLES,
    finders=(lookups.find_members_by_number, lookups.find_members_by_customer),
    value_sources=lookups.SOURCES,
    export_columns=export_columns.build_export_columns(),
    tabs=panels.TABS,
    panels=panels.PANELS,
    reasons=(reasons.list_reason_texts,),
    next_steps=(panels.suggest_next_step,),
    merge_rules=panels.MERGE_RULES,
    merge_objections=(panels.find_merge_objections,),
    after_merge=(panels.update_states_after_merge,),
    history_keys=(HISTORY_KEY,),
    email_rule_effects=(describe_rule_effects,),
    find_slip=find_slip,
    # Derived from the member: nobody touched it.
    was_linked=was_linked_then,
    touched_by={"cartsync.UnlinkedReason": lambda members: ()},
)
ORDER_MAILS = MailHandler(
    "ordermail",
    take_order_mails,
    {"order": _("注文"), "shipped": _("出荷"), "unread": _("読み取れない")},
)
MESSAGING = MessagingExtension(
    "cartsync",
    mail_handlers=(ORDER_MAILS,),
    connections=(CARTS, MAILBOXES),
    link_timing=intervals.compute_link_timing,
    frequency_page=intervals.find_frequency_page,
    linked_tags=intervals.list_linked_tags,
    triggers=TRIGGERS,
    event_fields=(ORDER_FIELDS,),
    ready_scenarios=READY,
    sales=select_sales,
    event_keys=find_order_keys,
    event_pages=list_order_pages,
)
JOBS = JobsExtension("cartsync", kinds=lambda: (EXPORTING, LOADING))
OPERATORS = OperatorsExtension(
    "cartsync",
    notice_kinds=(
        NoticeKind(STOPPED, _("カート連携の停止"), CONNECT, describe_cart_notices),
        NoticeKind(NEW_WORD, _("カートの新しい状態"), CONNECT, describe_new_words),
        NoticeKind(
            FILE_FAILED,
            _("カートのファイルの取り込みの失敗"),
            CONNECT,
            describe_file_notices,
        ),
    ),
)
