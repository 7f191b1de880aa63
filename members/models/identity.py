"""The answers about who a member is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import AnswerSource, Member
from tenants.fields import PublicIdField, TenantKey
from tenants.models import TenantModel


class IdentityRecord(TenantModel):
    """One answer about who a member is (本人確認データ): from a form, an operator's edit or an import.

    Blank fields were not answered. Nothing here is changed or deleted while the member exists. ``outcome`` is what the
    cart said when it was asked at once.

    No foreign keys in the database but the last one, which is rare: checking three for each row took longer than an
    import takes to write a million. Whoever adds an answer holds the member's row or the shared lock of members/db.py;
    the hard delete holds the row and the exclusive lock (members/identity/delete.py).
    """

    Source = AnswerSource

    class Outcome(models.TextChoices):
        ASKING = "asking", _("確認中")
        LINKED = "linked", _("連携できました")
        NOT_FOUND = "not_found", _("見つかりません")
        REVIEW = "review", _("要確認")
        UNAVAILABLE = "unavailable", _("カートが応答しません")
        # No cart looked for what this very answer says.
        NOT_ASKED = "not_asked", _("照合なし")

    tenant = TenantKey(db_constraint=False)
    public_id = PublicIdField()
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="identity_records",
        db_index=False,
        db_constraint=False,
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    operator = models.ForeignKey(
        "operators.Operator",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    origin = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()
    restored_from = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="identity_public_id"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "member", "-received_at", "-id"],
                name="identity_newest",
            ),
            # When an answer is deleted, the database looks for references to it: without this, in all shops' answers.
            models.Index(
                fields=["tenant", "restored_from"],
                name="identity_restored",
                condition=models.Q(restored_from__isnull=False),
            ),
        ]
