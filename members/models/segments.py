"""保存した条件: a condition with a name. It keeps the condition, never who matched."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.fields import PublicIdField
from tenants.models import OperatorGroup, TenantModel


class Segment(TenantModel):
    """Its maker's own (個人用) while ``group`` is empty, else shared with that operator group."""

    public_id = PublicIdField()
    name = models.CharField(_("条件名"), max_length=60)
    # members/conditions.py; value lists and texts that it names are marked kept.
    condition = models.JSONField(default=dict)
    sort = models.CharField(max_length=20, blank=True)
    owner = models.ForeignKey("tenants.Operator", on_delete=models.PROTECT, related_name="+")
    # A group that is deleted leaves its conditions to their makers.
    group = models.ForeignKey(OperatorGroup, null=True, on_delete=models.SET_NULL, related_name="segments")
    position = models.PositiveIntegerField(default=0)
    for_delivery = models.BooleanField(_("配信の対象に使う"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="segment_public_id")]
        indexes = [models.Index(fields=["tenant", "owner"], name="segment_of_owner")]

    def __str__(self) -> str:
        return self.name
