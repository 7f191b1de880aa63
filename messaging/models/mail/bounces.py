"""Mails of ours that did not arrive, as the other servers say."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.models.deliveries import Delivery
from messaging.models.mail.mailboxes import IncomingMail
from tenants.models import TenantModel


class Bounce(TenantModel):
    """One word of another server about one of our mails. ``mail`` brought it; None where the server refused at once."""

    class Kind(models.TextChoices):
        HARD = "hard", _("届かないアドレス")
        SOFT = "soft", _("一時的に届かない")
        POLICY = "policy", _("内容や差出人による拒否")
        DELAYED = "delayed", _("配送が遅れている")

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="bounces", db_index=False
    )
    mail = models.ForeignKey(
        IncomingMail,
        null=True,
        on_delete=models.SET_NULL,
        related_name="bounces",
        db_index=False,
    )
    # As the suppression's (messaging/suppression/keys.py).
    address = models.CharField(max_length=254)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    status = models.CharField(max_length=12, blank=True)
    said = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "address", "at"], name="bounce_address"),
            models.Index(fields=["tenant", "delivery", "at"], name="bounce_delivery"),
            models.Index(
                fields=["tenant", "mail"],
                name="bounce_mail",
                condition=models.Q(mail__isnull=False),
            ),
        ]
