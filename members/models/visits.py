"""The visits of members."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from tenants.fields import TenantKey
from tenants.models import TenantModel


class Visit(TenantModel):
    """A sign of life: a message, a tap on a button, a form opened.

    ``key`` names what happened, so that an event that is delivered twice is one visit. No foreign keys in the database,
    as with MemberTag.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", _("メッセージ")
        TAP = "tap", _("タップ")
        FORM = "form", _("フォームを開いた")

    pk = models.CompositePrimaryKey("tenant_id", "kind", "key")
    tenant = TenantKey(db_constraint=False)
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="all_visits",
        db_index=False,
        db_constraint=False,
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "member", "at"], name="visit_of_member")
        ]
