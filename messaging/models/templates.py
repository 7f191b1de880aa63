"""The shop's own kept messages (テンプレート)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.models.contents import Content
from tenants.fields import PublicIdField
from tenants.models import TenantModel


class MessageTemplate(TenantModel):
    """A message to start others from: whoever uses it takes a copy, so a later change of it changes nothing else."""

    public_id = PublicIdField()
    name = models.CharField(_("テンプレート名"), max_length=100)
    content = models.ForeignKey(
        Content, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="messagetemplate_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"], name="messagetemplate_name"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-changed_at", "-id"], name="messagetemplate_newest"
            )
        ]

    def __str__(self) -> str:
        return self.name
