"""What was pasted or typed for a condition."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.fields import PublicIdField
from tenants.models import TenantModel


class ValueList(TenantModel):
    """Values pasted or uploaded for a condition (up to 1,000,000), normalised; named in URLs by its random key only.

    Deleted after a month (members/tidying.py) unless ``kept``.
    """

    class Field(models.TextChoices):
        EMAIL = "email", _("メールアドレス")
        PHONE = "phone", _("電話番号")
        CUSTOMER_ID = "customer_id", _("顧客ID")
        CUSTOMER_NUMBER = "customer_number", _("顧客番号")
        MEMBER = "member", _("会員ID")
        TEXT = "text", _("値")

    public_id = PublicIdField()
    field = models.CharField(max_length=20, choices=Field.choices, default=Field.EMAIL)
    given = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)
    # Named by a saved condition, a scenario or a job: it stays.
    kept = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="valuelist_public_id")]

    @property
    def usable(self) -> int:
        """How many different usable values it holds."""
        return self.given - self.duplicate - self.invalid


class ValueListEntry(TenantModel):
    """No foreign key in the database: checking a million rows one by one took longer than loading them."""

    pk = models.CompositePrimaryKey("tenant_id", "list_id", "value")
    list = models.ForeignKey(
        ValueList, on_delete=models.CASCADE, related_name="entries", db_index=False, db_constraint=False
    )
    value = models.CharField(max_length=254)


class SearchText(TenantModel):
    """What was typed into the search box: a name or a number, so the URL carries only the random key."""

    public_id = PublicIdField()
    text = models.CharField(max_length=200)
    kept = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="searchtext_public_id")]
