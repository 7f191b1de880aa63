"""LINE accounts and the events that LINE brings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.models.senders import AccountQuerySet, M, Sender
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel
from tenants.secrets import SecretField


class LineAccountQuerySet(AccountQuerySet[M]):
    kind = Sender.Kind.LINE


class LineAccount(TenantModel):
    """A LINE official account: a Messaging API channel and a LINE Login channel of the same provider."""

    class LiffKind(models.TextChoices):
        LOGIN = "login", _("LINEログイン")
        MINI = "mini", _("LINEミニアプリ")

    public_id = PublicIdField()
    sender = models.OneToOneField(Sender, on_delete=models.PROTECT, related_name="line")
    name = models.CharField(_("アカウント名"), max_length=60)
    basic_id = models.CharField(_("ベーシックID"), max_length=40, blank=True)
    channel_id = models.CharField(_("チャネルID（Messaging API）"), max_length=40)
    channel_secret = SecretField(_("チャネルシークレット"))
    access_token = SecretField(_("チャネルアクセストークン"), blank=True)
    login_channel_id = models.CharField(_("チャネルID（LINEログイン）"), max_length=40)
    # Where the LIFF app was made. LINE moves none from one to the other, so neither do we.
    liff_kind = models.CharField(
        _("LIFFアプリの種類"),
        max_length=5,
        choices=LiffKind.choices,
        default=LiffKind.LOGIN,
        db_default=LiffKind.LOGIN,
    )
    liff_id = models.CharField(_("LIFF ID"), max_length=60)
    # The part of the webhook's address that cannot be guessed: the secret must be known before the body is trusted.
    webhook_key = PublicIdField(max_length=24)
    is_active = models.BooleanField(_("有効"), default=True)
    # What LINE said of the month (accounts/quota.py); a plan without a limit has none.
    quota_limit = models.PositiveIntegerField(null=True)
    quota_used = models.PositiveIntegerField(null=True)
    quota_read_at = models.DateTimeField(null=True)
    last_webhook_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(LineAccountQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="lineaccount_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "channel_id"], name="lineaccount_channel"
            ),
            models.UniqueConstraint(
                fields=["tenant", "sender"], name="lineaccount_sender"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookEvent(TenantModel):
    """One event as LINE sent it; its id makes a redelivery harmless. Handled after the answer."""

    account = models.ForeignKey(
        LineAccount, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    event_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=30)
    user_id = models.CharField(max_length=40, blank=True)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "account", "event_id"], name="webhookevent_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "account", "occurred_at", "id"],
                name="webhookevent_open",
                condition=models.Q(handled_at=None),
            )
        ]
