"""What changed on a member, tags that it had once, and members who were merged."""

from django.db import models

from members.models.member import Member
from members.models.tags import Tag, TagBatch
from tenants.fields import PublicIdField, TenantKey
from tenants.models import TenantModel


class MemberChange(TenantModel):
    """One change of one member: only the columns that changed, before and after.

    The database writes it itself, for bulk and raw statements too (members/sql/history.sql), from what the transaction
    says of who acts and how.

    Keys: the columns of Member, and ``attr:<id>`` for an attribute's value. No foreign keys in the database: checking
    them row by row took longer than writing the rows.
    """

    tenant = TenantKey(db_constraint=False)
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="changes",
        db_index=False,
        db_constraint=False,
    )
    at = models.DateTimeField()
    operator = models.ForeignKey(
        "operators.Operator",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    # Where it came from: console, form, import, job, line, cart …
    source = models.CharField(max_length=20, blank=True)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "member", "-at", "-id"], name="memberchange_newest"
            )
        ]


class PastTag(TenantModel):
    """A tag that a member had: the batch that put it on and the one that took it off.

    No foreign keys in the database, as with MemberTag.
    """

    pk = models.CompositePrimaryKey("tenant_id", "member_id", "tag_id", "ended_by_id")
    tenant = TenantKey(db_constraint=False)
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="past_tags",
        db_index=False,
        db_constraint=False,
    )
    tag = models.ForeignKey(
        Tag,
        on_delete=models.CASCADE,
        related_name="past_tags",
        db_index=False,
        db_constraint=False,
    )
    batch = models.ForeignKey(
        TagBatch,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    ended_by = models.ForeignKey(
        TagBatch,
        on_delete=models.CASCADE,
        related_name="past_tags",
        db_index=False,
        db_constraint=False,
    )


class Merge(TenantModel):
    """Members merged into one: what moved, and what each of them was before, so that it can be undone."""

    public_id = PublicIdField()
    survivor = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="merges", db_index=False
    )
    # See members/merge/merge.py.
    record = models.JSONField()
    operator = models.ForeignKey(
        "operators.Operator", null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        "operators.Operator",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="merge_public_id"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "survivor"], name="merge_of_survivor")
        ]
