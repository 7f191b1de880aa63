"""全配信を止める: the one switch that holds back everything a shop sends."""

from django.conf import settings
from django.db import models

from tenants.models import TenantModel


class SendingStop(TenantModel):
    """One stop of all sends to customers, from when a person ordered it until a person lifted it."""

    stopped_at = models.DateTimeField()
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )

    class Meta:
        constraints = [
            # At most one is open.
            models.UniqueConstraint(
                fields=["tenant"],
                name="sendingstop_open",
                condition=models.Q(lifted_at=None),
            )
        ]
