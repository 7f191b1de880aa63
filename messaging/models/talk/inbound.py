"""What customers write to the shop."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Member
from messaging.models.accounts import LineAccount, WebhookEvent
from tenants.models import TenantModel


class InboundMessage(TenantModel):
    """One message that somebody wrote to a LINE account; LINE's own id of it makes a redelivery harmless.

    Pictures, voices and files are named by their kind alone. One that was taken back keeps its place, without its text.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("テキスト")
        IMAGE = "image", _("画像")
        VIDEO = "video", _("動画")
        AUDIO = "audio", _("音声")
        FILE = "file", _("ファイル")
        LOCATION = "location", _("位置情報")
        STICKER = "sticker", _("スタンプ")
        OTHER = "other", _("その他のメッセージ")

    account = models.ForeignKey(
        LineAccount, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    event = models.ForeignKey(
        WebhookEvent, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="heard", db_index=False
    )
    message_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.TextField(blank=True)
    is_unsent = models.BooleanField(default=False)
    at = models.DateTimeField()
    # Its reply token (in the event) was given to a call; each is good for one.
    token_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "account", "message_id"], name="inboundmessage_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "member", "-at", "-id"], name="inboundmessage_member"
            )
        ]
