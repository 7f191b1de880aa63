"""What was pasted or typed for a condition, and the names in which the search looks."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from tenants.fields import PublicIdField, TenantKey
from tenants.models import TenantModel


class ValueList(TenantModel):
    """Values pasted or uploaded for a condition (up to 1,000,000), normalized. URLs name it by its random key only.

    The counts of what was found are those of ``found_at``. Deleted after a month (cleanup.py) unless ``kept``.
    """

    class Field(models.TextChoices):
        EMAIL = "email", _("メールアドレス")
        PHONE = "phone", _("電話番号")
        CUSTOMER_ID = "customer_id", _("顧客ID")
        CUSTOMER_NUMBER = "customer_number", _("顧客番号")
        MEMBER = "member", _("会員ID")
        NAME = "name", _("氏名")
        NUMBER = "number", _("数値")
        TEXT = "text", _("値")

    public_id = PublicIdField()
    field = models.CharField(max_length=20, choices=Field.choices, default=Field.EMAIL)
    given = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    members = models.PositiveIntegerField(default=0)
    found_at = models.DateTimeField(null=True)
    # Retained, because a saved condition, a scenario or a job names it.
    kept = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="valuelist_public_id"
            )
        ]

    @property
    def usable(self) -> int:
        """The number of different usable values."""
        return self.given - self.duplicate - self.invalid

    @property
    def not_found(self) -> int:
        return self.usable - self.matched


class ValueListText(TenantModel):
    """The values themselves, one a line: storing a row for each of a million took four times as long."""

    list = models.ForeignKey(
        ValueList, on_delete=models.CASCADE, related_name="texts", db_index=False
    )
    keys = models.TextField()
    missing = models.TextField(blank=True)
    wrong = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "list"], name="valuelisttext_once"
            )
        ]


class ValueListMember(TenantModel):
    """A member whom a long list found.

    No foreign keys in the database, not even to the shop: they are checked row by row.
    """

    tenant = TenantKey(db_constraint=False)
    pk = models.CompositePrimaryKey("tenant_id", "list_id", "member_id")
    list = models.ForeignKey(
        ValueList,
        on_delete=models.CASCADE,
        related_name="found",
        db_index=False,
        db_constraint=False,
    )
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )


class MemberName(TenantModel):
    """A member's name and LINE name in the form in which they are searched, a line each.

    Triggers write it (members/sql/search.sql). Its index is over pairs of letters, and only changes of a name update
    it. No foreign keys, as above.
    """

    tenant = TenantKey(db_constraint=False)
    pk = models.CompositePrimaryKey("tenant_id", "member_id")
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="names",
        db_index=False,
        db_constraint=False,
    )
    text = models.CharField(max_length=500)


class SearchText(TenantModel):
    """What was typed into the search box, such as a name or a number; the URL holds only its random key."""

    public_id = PublicIdField()
    text = models.CharField(max_length=200)
    kept = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="searchtext_public_id"
            )
        ]
