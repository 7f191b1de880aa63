"""Who hears of what, and by which way."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.models import Delivery, LineAccount
from operators.models import Notice, Operator
from tenants.fields import PublicIdField
from tenants.models import TenantModel


class Way(models.TextChoices):
    BELL = "bell", _("ベル")
    MAIL = "mail", _("メール")
    LINE = "line", _("LINE")


class QuietWindow(TenantModel):
    """The hours in which the shop's operators get no mail and no LINE notice; may go over midnight."""

    begins = models.TimeField(null=True)
    ends = models.TimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="quietwindow_one")
        ]


class Preference(TenantModel):
    """By which ways one operator wants to hear of one kind; without a row the kind's own defaults hold."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    bell = models.BooleanField(default=True)
    mail = models.BooleanField(default=False)
    line = models.BooleanField(default=False)
    # Gathered once an hour instead of at once.
    digest = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "operator", "kind"], name="preference_once"
            )
        ]


class NoticeDelivery(TenantModel):
    """One notice for one operator by one way. By mail and LINE the message itself is a delivery of the ledger.

    ``digest``: it goes with others in one message.
    """

    public_id = PublicIdField()
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="+")
    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=4, choices=Way.choices)
    digest = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    message = models.ForeignKey(
        Delivery, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "notice", "operator", "way"],
                name="noticedelivery_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="noticedelivery_public_id"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "operator", "way", "-due_at"],
                name="noticedelivery_newest",
            ),
            models.Index(
                fields=["tenant", "due_at"],
                name="noticedelivery_waiting",
                condition=models.Q(sent_at=None),
            ),
        ]


class OperatorLine(TenantModel):
    """スマホ連携: the LINE friend of the shop's account who is this operator."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(LineAccount, on_delete=models.CASCADE, related_name="+")
    line_user_id = models.CharField(max_length=40)
    linked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "operator"], name="operatorline_one"
            )
        ]


class PhoneCode(TenantModel):
    """The one-time code that an operator sends to the shop's account; only its digest is stored."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "operator"], name="phonecode_one"
            ),
            models.UniqueConstraint(
                fields=["tenant", "digest"], name="phonecode_digest"
            ),
        ]
