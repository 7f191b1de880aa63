"""Taps on the links of messages."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Member
from messaging.models.deliveries import Delivery
from tenants.models import TenantModel


class Click(TenantModel):
    """One call of a link of one person's message.

    ``number``: which link of the content. ``origin``: a keyed hash of the caller's address. ``is_quick``: within three
    seconds of the message's acceptance. ``machine``: why no person made it (messaging/links/record.py), or "".
    """

    class Machine(models.TextChoices):
        HEAD = "head", _("HEADの呼び出し")
        AGENT = "agent", _("プログラムの名乗り")
        BURST = "burst", _("配信の直後に、同じ場所から複数の会員のリンク")

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="clicks", db_index=False
    )
    member = models.ForeignKey(
        Member, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    origin = models.CharField(max_length=24)
    is_quick = models.BooleanField(db_default=False)
    machine = models.CharField(
        max_length=5, choices=Machine.choices, blank=True, db_default=""
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "delivery", "number"], name="click_delivery"
            ),
            models.Index(fields=["tenant", "member", "at"], name="click_member"),
            models.Index(fields=["tenant", "origin", "at"], name="click_origin"),
        ]
