"""What operators read of senders: which one stopped and why, what LINE no longer sends, what came to no good end."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.deliveries.reasons import describe_reason
from messaging.models import Call, LineAccount, MailAccount, Mailbox, Sender
from operators.models import Notice
from operators.notify import NoticeText, notify

# The kind of notice.
FAILED = "sending.failed"
# A broken address list would otherwise tell of itself all day.
QUIET = timedelta(hours=1)
NO_GOOD_END = (Call.State.REFUSED, Call.State.UNKNOWN)


def notify_of_failures(sender: Sender, states: Sequence[int]) -> None:
    """Tell that calls were refused, or ended nobody knows how: once an hour for a sender of the shop's own.

    In the transaction of the sender's results.
    """
    bad = [state for state in states if state in NO_GOOD_END]
    if not bad or sender.is_relay:
        return
    recent = Notice.objects.filter(
        kind=FAILED, subject_id=sender.pk, at__gt=timezone.now() - QUIET
    )
    if not recent.exists():
        notify(FAILED, sender, unknown=Call.State.UNKNOWN in bad)


def describe_failures(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Name the sender, and lead to the log of what failed, or of what a person must decide."""
    senders = Sender.objects.with_accounts().in_bulk(list_subjects(notices))
    found = {}
    for notice in notices:
        if sender := senders.get(notice.subject_id or 0):
            unknown = bool(notice.data.get("unknown"))
            title = (
                _("届いたかわからない送信があります：%(name)s")
                if unknown
                else _("送信に失敗したメッセージがあります：%(name)s")
            )
            detail = _(
                "送信ログで、理由と宛先を確かめてください。1時間に1回まで知らせます。"
            )
            found[notice.pk] = NoticeText(
                title % {"name": sender.name}, detail, "messaging:deliveries"
            )
    return found


def describe_stopped_accounts(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Name the account, say why it stopped, and lead to where it is resumed."""
    ids = list_subjects(notices)
    lines, mails = LineAccount.objects.in_bulk(ids), MailAccount.objects.in_bulk(ids)
    found = {}
    for notice in notices:
        is_mail = notice.subject == MailAccount._meta.label_lower
        account = (mails if is_mail else lines).get(notice.subject_id or 0)
        if account:
            title = _("送信が止まりました：%(name)s") % {"name": account.name}
            reason = describe_reason(
                str(notice.data.get("reason", "")),
                channel="mail" if is_mail else "line",
            )
            page = "messaging:mail_account" if is_mail else "messaging:account"
            found[notice.pk] = NoticeText(title, reason, page, (account.public_id,))
    return found


def describe_short_quotas(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Name the account and how many messages LINE said were left."""
    accounts = LineAccount.objects.in_bulk(list_subjects(notices))
    detail = _(
        "LINEへのお知らせは、メールアドレスがあるオペレーターにはメールで届きます。足りなくなる前に、プランを見直してください。"
    )
    title = _("LINEの今月の送信数が残り%(left)s通です：%(name)s")
    return {
        notice.pk: NoticeText(
            title % {"left": f"{notice.data.get('left', 0):,}", "name": account.name},
            detail,
            "messaging:account",
            (account.public_id,),
        )
        for notice in notices
        if (account := accounts.get(notice.subject_id or 0))
    }


def describe_stopped_mailboxes(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Name the mailbox, and lead to its settings."""
    mailboxes = Mailbox.objects.in_bulk(list_subjects(notices))
    detail = _("設定を直すまで、新しいメールは取り込まれません。")
    return {
        notice.pk: NoticeText(
            _("メールの受信が止まりました：%(name)s") % {"name": mailbox.name},
            detail,
            "cartsync:mailbox",
            (mailbox.public_id,),
        )
        for notice in notices
        if (mailbox := mailboxes.get(notice.subject_id or 0))
    }


def describe_general_stops(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Say that a person stopped everything."""
    text = NoticeText(
        _("すべての配信が停止されています"),
        _("お客様へのメッセージは、再開するまで送られません。"),
        "messaging:stop_sends",
    )
    return {notice.pk: text for notice in notices}


def list_subjects(notices: Sequence[Notice]) -> list[int]:
    return [notice.subject_id or 0 for notice in notices]
