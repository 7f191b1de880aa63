"""Who is who: links between members and cart customers, and the tags that follow from them."""

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from cartsync.models.carts import Cart, CartCustomer
from cartsync.models.querysets import LinkQuerySet
from members.models import Member, Tag
from members.models.fields import LazyText, UsedKey
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel


class OperatorKey(models.ForeignKey):
    """The operator who decided something about a link."""

    def __init__(self, **options: Any) -> None:
        settings: dict[str, Any] = {
            "to": "operators.Operator",
            "null": True,
            "on_delete": models.PROTECT,
            "related_name": "+",
            "db_index": False,
        }
        super().__init__(**settings | options)


class Link(TenantModel):
    """A member and a cart customer who are one person. Ending it leaves the row."""

    public_id = PublicIdField()
    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="links", db_index=False
    )
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="links", db_index=False
    )
    customer = models.ForeignKey(
        CartCustomer, on_delete=models.CASCADE, related_name="links", db_index=False
    )
    matched_by = models.CharField(max_length=8)
    linked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # Who linked and who ended it: nobody where a poll did.
    linked_by = OperatorKey()
    ended_by = OperatorKey()
    # このまま: when a person last accepted a change, and who.
    accepted_at = models.DateTimeField(null=True)
    accepted_by = OperatorKey()
    # 連携後に変更: a phone or email changed on either side; a person decides.
    changed_at = models.DateTimeField(null=True)
    # The values of both sides when they were linked, or when a person last chose このまま.
    member_email = models.CharField(max_length=254, blank=True)
    member_phone = models.CharField(max_length=20, blank=True)
    customer_email = models.CharField(max_length=254, blank=True)
    customer_phone = models.CharField(max_length=20, blank=True)
    # The customer's name and reading as they are searched, for the index of linked members (cartsync/sql/search.sql).
    customer_names = models.CharField(max_length=401, blank=True, db_default="")

    objects = TenantManager.from_queryset(LinkQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="link_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "cart", "member"],
                name="link_member",
                condition=models.Q(ended_at=None),
            ),
            models.UniqueConstraint(
                fields=["tenant", "customer"],
                name="link_customer",
                condition=models.Q(ended_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "member"], name="link_of_member"),
            models.Index(fields=["tenant", "cart", "linked_at"], name="link_batch"),
            models.Index(
                fields=["tenant", "changed_at"],
                name="link_changed",
                condition=models.Q(changed_at__isnull=False),
            ),
        ]


class IgnoredPair(TenantModel):
    """A near miss (惜しい一致) that a person ignores: this customer is not shown for this member again."""

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    customer = models.ForeignKey(
        CartCustomer, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    ignored_by = OperatorKey()
    ignored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "member", "customer"], name="ignoredpair_once"
            )
        ]


class CartTagRule(TenantModel):
    """A rule that tags linked members by one of the three counts, which are never mixed."""

    class Measure(models.TextChoices):
        BUY_TIMES = "buy_times", _("購入回数")
        SUBSCRIPTION_TIMES = "subscription_times", _("定期回数")
        SUBSCRIPTION_STATE = "subscription_state", _("定期の状態")

    class Op(models.TextChoices):
        AT_LEAST = "gte", _("以上")
        EXACTLY = "eq", _("である")
        AT_MOST = "lte", _("以下")

    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="tag_rules", db_index=False
    )
    measure = models.CharField(_("数えるもの"), max_length=20, choices=Measure.choices)
    op = models.CharField(_("条件"), max_length=3, choices=Op.choices)
    value = models.CharField(_("値"), max_length=12)
    tag = UsedKey(
        Tag,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("カートのタグ付けルール"),
        shown="cart",
    )
    takes_off = models.BooleanField(
        _("当てはまらなくなったらタグを外す"), default=False
    )

    class Meta:
        indexes = [models.Index(fields=["tenant", "cart"], name="carttagrule_of_cart")]

    def usage_url(self) -> LazyText:
        return reverse_lazy("cartsync:rules", args=[self.cart.public_id])


class CartTagHold(TenantModel):
    """A member for whom a rule holds: the rule tags once, when the row appears, and not at every poll."""

    rule = models.ForeignKey(
        CartTagRule, on_delete=models.CASCADE, related_name="holds", db_index=False
    )
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "rule", "member"], name="carttaghold_once"
            )
        ]
        indexes = [models.Index(fields=["tenant", "member"], name="carttaghold_member")]
