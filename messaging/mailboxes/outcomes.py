"""What became of a mail, as a badge and a sentence with the remedy."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.mailboxes.handle import list_handlers
from messaging.models import IncomingMail

State = IncomingMail.State


@dataclass(frozen=True)
class MailOutcome:
    kind: str
    label: str
    why: str


def describe_outcome(mail: IncomingMail) -> MailOutcome:
    """Return the badge and the reason. ``mail`` has its mailbox."""
    label = mail.get_state_display()
    if mail.state == State.HANDLED:
        labels = {
            key: text
            for handler in list_handlers()
            for key, text in handler.labels.items()
        }
        return MailOutcome("ok", str(labels.get(mail.handled_as, label)), "")
    if mail.state == State.UNVERIFIED:
        return MailOutcome("warn", label, explain_unverified(mail))
    if mail.state == State.BROKEN:
        return MailOutcome(
            "bad",
            label,
            _("処理の途中でエラーが起きました。サポートへ連絡してください。"),
        )
    if mail.state == State.NEW:
        return MailOutcome("busy", label, "")
    if mail.state == State.SAMPLE:
        return MailOutcome(
            "neutral", label, _("接続する前に届いていたメールです。何も始めません。")
        )
    return MailOutcome("neutral", label, _("このメールを使う機能がありません。"))


def explain_unverified(mail: IncomingMail) -> str:
    if mail.is_forged:
        return _(
            "受信したサーバーが、送信元をなりすましと判定しました。何も始めていません。"
        )
    return _(
        "送信元が受信アカウントの一覧にありません。注文メールなら、送信元を追加してください。7日以内に届いたものは、追加すると自動で読み取ります。"
    )
