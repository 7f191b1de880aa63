"""Masks by which order mails are read, and what they read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cartsync.models.orders import CartOrder
from messaging.models import IncomingMail
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel, TenantQuerySet


class OrderMailMaskQuerySet(TenantQuerySet["OrderMailMask"]):
    def in_use(self) -> "OrderMailMaskQuerySet":
        return self.filter(is_active=True).order_by("pk")


class OrderMailMask(TenantModel):
    """How the mails of one mall or cart are read: two anchors for each field (cartsync/ordermail/reading.py)."""

    class Kind(models.TextChoices):
        ORDER = "order", _("注文確認メール")
        SHIPPED = "shipped", _("出荷完了メール")

    public_id = PublicIdField()
    name = models.CharField(_("マスク名"), max_length=60)
    # Orders of one mall or cart stand together, whichever of its masks read them.
    mall = models.CharField(_("モール・カート名"), max_length=60)
    preset = models.CharField(max_length=20, blank=True, default="")
    kind = models.CharField(_("メールの種類"), max_length=10, choices=Kind.choices)
    subject_part = models.CharField(
        _("件名に含む文字"), max_length=100, blank=True, default=""
    )
    sender = models.CharField(_("送信元"), max_length=254, blank=True, default="")
    # {field: {"before", "after", "pick"}}
    anchors = models.JSONField(default=dict)
    # A mail of the shop's customer, to try the anchors on. It is never exported.
    sample_subject = models.CharField(
        _("見本の件名"), max_length=500, blank=True, default=""
    )
    sample = models.TextField(
        _("見本の本文"), blank=True, default="", max_length=65_000
    )
    is_active = models.BooleanField(_("有効"), default=True)
    # When it first read a mail that a mailbox received; None (未検証) until then.
    verified_at = models.DateTimeField(null=True, default=None)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(OrderMailMaskQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="ordermailmask_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"], name="ordermailmask_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OrderMailQuerySet(TenantQuerySet["OrderMail"]):
    def failed(self) -> "OrderMailQuerySet":
        return self.filter(state=OrderMail.State.FAILED)


class OrderMail(TenantModel):
    """What a mask read of a mail, one row for each mail."""

    class State(models.TextChoices):
        BOOKED = "booked", _("受注に反映")
        REPEATED = "repeated", _("反映済みの注文")
        NO_ORDER = "no_order", _("注文が見つからない")
        FAILED = "failed", _("読み取れない")

    public_id = PublicIdField()
    mail = models.ForeignKey(
        IncomingMail, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    mask = models.ForeignKey(
        OrderMailMask, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=OrderMailMask.Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    # Names of the fields that it lacked, with commas between.
    missing = models.CharField(max_length=100, blank=True, default="")
    number = models.CharField(max_length=60, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    email_key = models.CharField(max_length=254, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    ordered_at = models.DateTimeField(null=True)
    total = models.BigIntegerField(null=True)  # yen
    products = models.JSONField(default=list)
    order = models.ForeignKey(
        CartOrder, null=True, on_delete=models.SET_NULL, related_name="order_mails"
    )
    read_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(OrderMailQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="ordermail_public_id"
            ),
            models.UniqueConstraint(fields=["tenant", "mail"], name="ordermail_once"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "id"],
                name="ordermail_failed",
                condition=models.Q(state="failed"),
            ),
        ]

    def __str__(self) -> str:
        return self.number
