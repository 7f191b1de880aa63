"""What was changed on a member, and members that were joined."""

from django.db import models

from members.models.member import Member
from tenants.fields import PublicIdField
from tenants.models import TenantModel


class MemberChange(TenantModel):
    """One change of one member: only the columns that changed, before and after. Written by the database itself, for
    bulk and raw statements too (migration 0005), from what the transaction says of who acts and how."""

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="changes", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    operator = models.ForeignKey(
        "tenants.Operator", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # By what it came: console, form, import, job, line, cart …
    source = models.CharField(max_length=20, blank=True)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "member", "-at", "-id"], name="memberchange_newest")]


class Merge(TenantModel):
    """Members joined into one: what moved, and what the survivor was before, so that it can be taken back."""

    public_id = PublicIdField()
    survivor = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="merges", db_index=False)
    # {"members": [ids], "values": {column: before}, "moved": {"app.Model": {"member id": [row keys]}}}
    record = models.JSONField()
    operator = models.ForeignKey("tenants.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="merge_public_id")]
        indexes = [models.Index(fields=["tenant", "survivor"], name="merge_of_survivor")]
