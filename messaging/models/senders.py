"""Senders: what messages go out from, be it a LINE account or a mail account."""

from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel, TenantQuerySet
from tenants.secrets import SecretField

M = TypeVar("M", bound=models.Model)


class SenderQuerySet(TenantQuerySet[M]):
    def with_accounts(self) -> "SenderQuerySet[M]":
        """Fetch the account of each."""
        return self.select_related("line", "mail", "tenant")

    def paused(self) -> "SenderQuerySet[M]":
        """Filter those that send nothing until a person resumes them."""
        return self.with_accounts().exclude(paused_reason="").order_by("pk")


class Sender(TenantModel):
    """What deliveries go out from: one queue, one pace, one switch; its account says how.

    The relay is the installation's own mail server: every shop has it, and no shop can change it.
    """

    class Kind(models.TextChoices):
        LINE = "line", gettext_lazy("LINE")
        MAIL = "mail", gettext_lazy("メール")

    public_id = PublicIdField()
    kind = models.CharField(max_length=4, choices=Kind.choices)
    is_relay = models.BooleanField(default=False)
    # While a reason stands here nothing goes out, until a person says so: quota, auth, address.
    paused_reason = models.CharField(max_length=20, blank=True, db_default="")
    paused_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(SenderQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="sender_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                name="sender_one_relay",
                condition=models.Q(is_relay=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def account(self) -> Any:
        """The LineAccount or MailAccount; None for the relay."""
        return getattr(self, self.kind, None)

    @property
    def name(self) -> str:
        return _("システムのメールサーバー") if self.is_relay else str(self.account)

    @property
    def is_active(self) -> bool:
        return self.is_relay or bool(self.account and self.account.is_active)


class AccountQuerySet(TenantQuerySet[M]):
    """Accounts, each made together with its sender."""

    kind: Sender.Kind

    def create(self, **values: Any) -> M:
        if "sender" not in values:
            values["sender"] = Sender.objects.create(kind=self.kind)
        return super().create(**values)


class MailAccountQuerySet(AccountQuerySet[M]):
    kind = Sender.Kind.MAIL


class MailAccount(TenantModel):
    """A mail server of the shop, and the address that its mails come from."""

    class Security(models.TextChoices):
        TLS = "tls", gettext_lazy("SSL/TLS（465）")
        STARTTLS = "starttls", gettext_lazy("STARTTLS（587）")
        NONE = "none", gettext_lazy("なし（開発用）")

    class Kind(models.TextChoices):
        OWN = "own", gettext_lazy("自社のメール")
        # From must be registered at the mall, no bounce ever comes back, and a test mail would be refused.
        RAKUTEN = "rakuten", gettext_lazy("楽天あんしんメルアド")

    public_id = PublicIdField()
    kind = models.CharField(
        gettext_lazy("種類"),
        max_length=8,
        choices=Kind.choices,
        default=Kind.OWN,
        db_default=Kind.OWN,
    )
    # Writes to everybody for whom no MailRoute says otherwise.
    is_default = models.BooleanField(default=False, db_default=False)
    sender = models.OneToOneField(Sender, on_delete=models.PROTECT, related_name="mail")
    name = models.CharField(gettext_lazy("アカウント名"), max_length=60)
    host = models.CharField(gettext_lazy("SMTPサーバー"), max_length=253)
    port = models.PositiveIntegerField(gettext_lazy("ポート"), default=587)
    security = models.CharField(
        gettext_lazy("暗号化"),
        max_length=8,
        choices=Security.choices,
        default=Security.STARTTLS,
    )
    username = models.CharField(gettext_lazy("ログインID"), max_length=254, blank=True)
    password = SecretField(gettext_lazy("パスワード"), blank=True)
    from_email = models.EmailField(gettext_lazy("差出人のメールアドレス"))
    from_name = models.CharField(
        gettext_lazy("差出人の名前"), max_length=60, blank=True
    )
    per_minute = models.PositiveIntegerField(
        gettext_lazy("1分あたりの送信数"), default=300
    )
    is_active = models.BooleanField(gettext_lazy("有効"), default=True)
    checked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(MailAccountQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="mailaccount_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "sender"], name="mailaccount_sender"
            ),
            models.UniqueConstraint(
                fields=["tenant"],
                name="mailaccount_one_default",
                condition=models.Q(is_default=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_rakuten(self) -> bool:
        return self.kind == self.Kind.RAKUTEN
