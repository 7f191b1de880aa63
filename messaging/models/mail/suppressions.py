"""Addresses that a shop sends no mail to, and why."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel, TenantQuerySet


class SuppressionQuerySet(TenantQuerySet["Suppression"]):
    def open(self) -> "SuppressionQuerySet":
        """Filter those that hold now."""
        return self.filter(lifted_at=None)


class Suppression(TenantModel):
    """An address that gets no mail, until a person lifts it.

    ``address`` is normalised (messaging/suppression/keys.py). It may be held for several reasons.
    """

    class Reason(models.TextChoices):
        BOUNCE = "bounce", _("届かない")
        BY_HAND = "by_hand", _("手動")
        UNSUBSCRIBED = "unsubscribed", _("配信停止")

    public_id = PublicIdField()
    address = models.CharField(_("メールアドレス"), max_length=254)
    reason = models.CharField(_("理由"), max_length=12, choices=Reason.choices)
    # The other server's words, or what the operator wrote.
    note = models.CharField(_("メモ"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    lifted_at = models.DateTimeField(null=True, default=None)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )

    objects = TenantManager.from_queryset(SuppressionQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="suppression_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "address", "reason"],
                name="suppression_open",
                condition=models.Q(lifted_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-created_at", "-id"], name="suppression_newest"
            )
        ]

    def __str__(self) -> str:
        return self.address
