"""会員情報項目: what a shop wants to know about its members beyond their identity."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from tenants.fields import PublicIdField, TenantKey
from tenants.models import TenantManager, TenantModel, TenantQuerySet

# What the system itself asks about every member, in this order. COLUMNS are columns of Member, and the list of them is
# closed: the others have values of their own, as the shop's items have.
COLUMNS = ("name", "email", "phone", "birthday")
SYSTEM_NAMES = {
    "name": _("氏名"),
    "email": _("メールアドレス"),
    "phone": _("電話番号"),
    "birthday": _("生年月日"),
    "kana": _("フリガナ"),
    "postal_code": _("郵便番号"),
    "address": _("住所"),
    "gender": _("性別"),
}


class AttributeQuerySet(TenantQuerySet["Attribute"]):
    def with_values(self) -> "AttributeQuerySet":
        """Keep those that have values of their own."""
        return self.exclude(system__in=COLUMNS)

    def in_use(self) -> "AttributeQuerySet":
        return self.filter(archived_at=None)

    def in_order(self) -> "AttributeQuerySet":
        return self.order_by("position", "pk")


class Attribute(TenantModel):
    """A field of a member; ``system``: the key of one that every shop has (SYSTEM_NAMES), "" for the shop's own."""

    class Kind(models.TextChoices):
        TEXT = "text", _("文字")
        NUMBER = "number", _("数値")
        DATE = "date", _("日付")
        CHOICE = "choice", _("選択肢")

    public_id = PublicIdField()
    name = models.CharField(_("項目名"), max_length=60)
    name_key = models.CharField(max_length=120)
    kind = models.CharField(_("種類"), max_length=8, choices=Kind.choices)
    choices = models.JSONField(_("選択肢"), default=list)
    system = models.CharField(max_length=20, blank=True)
    position = models.PositiveIntegerField(default=0)
    in_list = models.BooleanField(_("会員リストに表示"), default=False)
    in_detail = models.BooleanField(_("会員の詳細に表示"), default=True)
    in_talk = models.BooleanField(
        _("トークの横に表示"), default=False, db_default=False
    )
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(AttributeQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="attribute_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "name_key"], name="attribute_name"
            ),
            models.UniqueConstraint(
                fields=["tenant", "system"],
                name="attribute_system",
                condition=~models.Q(system=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def choices_shown(self) -> str:
        return gettext("・").join(self.choices)

    @property
    def column(self) -> str:
        """The column of Member that holds it; "" for an item with values of its own."""
        return self.system if self.system in COLUMNS else ""

    @property
    def label(self) -> str:
        """The name as it is shown: names of system attributes are in the language of the page."""
        return str(SYSTEM_NAMES[self.system]) if self.system else self.name


class AttributeValue(TenantModel):
    """One value; the attribute's kind decides its column (a choice is text).

    Rows rather than JSON, because row-level security does not keep them from using their index. No foreign keys in the
    database, as with MemberTag.
    """

    pk = models.CompositePrimaryKey("tenant_id", "attribute_id", "member_id")
    tenant = TenantKey(db_constraint=False)
    attribute = models.ForeignKey(
        Attribute,
        on_delete=models.CASCADE,
        related_name="values",
        db_index=False,
        db_constraint=False,
    )
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="attribute_values",
        db_index=False,
        db_constraint=False,
    )
    text = models.CharField(max_length=500, blank=True)
    number = models.FloatField(null=True)
    date = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "member"], name="attributevalue_member"),
            models.Index(
                fields=["tenant", "attribute", "text"], name="attributevalue_text"
            ),
            models.Index(
                fields=["tenant", "attribute", "number"],
                name="attributevalue_number",
                condition=models.Q(number__isnull=False),
            ),
            models.Index(
                fields=["tenant", "attribute", "date"],
                name="attributevalue_date",
                condition=models.Q(date__isnull=False),
            ),
        ]
