"""Where a shop's mail comes in, and the mails that came."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel, TenantQuerySet
from tenants.secrets import SecretField


class Mailbox(TenantModel):
    """A mailbox that is read every one or two minutes. Its cursor moves in the transaction that stores the mails."""

    class Kind(models.TextChoices):
        IMAP = "imap", _("IMAP")
        POP3 = "pop3", _("POP3")
        OWN = "own", _("転送用アドレス")

    class Security(models.TextChoices):
        TLS = "tls", _("SSL/TLS（993・995番）")
        STARTTLS = "starttls", _("STARTTLS（143番）")
        NONE = "none", _("暗号化しない（開発用）")

    public_id = PublicIdField()
    name = models.CharField(_("アカウント名"), max_length=60)
    kind = models.CharField(_("受信の方式"), max_length=10, choices=Kind.choices)
    host = models.CharField(_("サーバー名"), max_length=253)
    port = models.PositiveIntegerField(_("ポート番号"))
    security = models.CharField(
        _("暗号化"), max_length=10, choices=Security.choices, default=Security.TLS
    )
    username = models.CharField(_("ユーザー名"), max_length=254)
    password = SecretField(_("パスワード"))
    folder = models.CharField(_("フォルダー"), max_length=200, default="INBOX")
    # Of our own address alone: its secret part (messaging/receiver/addresses.py).
    token = models.CharField(max_length=20, blank=True, default="")
    # One address or domain a line: only mails from these start anything.
    senders = models.TextField(_("送信元"), blank=True, default="", max_length=5000)
    is_active = models.BooleanField(_("有効"), default=True)
    # IMAP: everything up to this UID of this generation of UIDs was read. None before the first reading.
    uid_validity = models.BigIntegerField(null=True, default=None)
    last_uid = models.BigIntegerField(default=0)
    # POP3: the names of the mails that lie on the server and were read. None before the first reading.
    seen_names = models.JSONField(null=True, default=None)
    checked_at = models.DateTimeField(null=True, default=None)
    worked_at = models.DateTimeField(null=True, default=None)
    # Why the last reading failed; blank after a good one.
    trouble = models.CharField(max_length=40, blank=True, default="")
    failures = models.PositiveSmallIntegerField(default=0)
    # Why it was stopped by itself; blank while it is read.
    stopped_reason = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="mailbox_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "token"],
                name="mailbox_token",
                condition=~models.Q(token=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def trusts(self, address: str) -> bool:
        """Return whether the shop named this sender: the whole address, its domain or a domain above that."""
        address, domain = address.lower(), address.lower().rpartition("@")[2]
        for line in self.senders.lower().split():
            entry = line.removeprefix("@")
            if entry == address or domain == entry or domain.endswith(f".{entry}"):
                return True
        return False


class IncomingMailQuerySet(TenantQuerySet["IncomingMail"]):
    def waiting(self) -> "IncomingMailQuerySet":
        return self.filter(state=IncomingMail.State.NEW)


class IncomingMail(TenantModel):
    """A mail as we keep it. ``digest`` lets it count once, however often and by whichever way it comes."""

    class State(models.TextChoices):
        NEW = "new", _("処理待ち")
        HANDLED = "handled", _("処理済み")
        IGNORED = "ignored", _("対象外")
        UNVERIFIED = "unverified", _("未確認")
        SAMPLE = "sample", _("接続前のメール")
        BROKEN = "broken", _("エラー")

    public_id = PublicIdField()
    mailbox = models.ForeignKey(
        Mailbox, on_delete=models.CASCADE, related_name="mails", db_index=False
    )
    digest = models.CharField(max_length=64)
    message_id = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField(_("受信日時"))
    stored_at = models.DateTimeField(auto_now_add=True)
    sender = models.CharField(_("送信元"), max_length=254, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    to = models.CharField(_("宛先"), max_length=254, blank=True)
    subject = models.CharField(_("件名"), max_length=500, blank=True)
    text = models.TextField(_("本文"), blank=True)
    is_forged = models.BooleanField(default=False)
    # What a mail that came back says (messaging/bounces/report.py).
    report = models.JSONField(null=True, default=None)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    # Which handler took it, and as what: "order", "shipped", "bounce" …
    handled_as = models.CharField(max_length=20, blank=True, default="")
    handled_at = models.DateTimeField(null=True, default=None)

    objects = TenantManager.from_queryset(IncomingMailQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="incomingmail_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "digest"], name="incomingmail_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-received_at", "-id"], name="incomingmail_newest"
            ),
            models.Index(
                fields=["tenant", "id"],
                name="incomingmail_waiting",
                condition=models.Q(state="new"),
            ),
        ]

    def __str__(self) -> str:
        return self.subject
