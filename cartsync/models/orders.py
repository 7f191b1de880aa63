"""What customers bought: orders with their lines, the products in them, and subscriptions."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from cartsync.models.carts import Cart
from cartsync.models.querysets import OrderQuerySet
from tenants.models import TenantManager, TenantModel


class Product(TenantModel):
    """A product of a cart, as the lines of its orders name it."""

    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="products", db_index=False
    )
    # The cart's own number of the product (SKU); its name where it has none.
    external_id = models.CharField(_("商品番号"), max_length=100)
    name = models.CharField(_("商品名"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "cart", "external_id"], name="product_once"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


class CartOrder(TenantModel):
    """An order as the cart has it; ``state`` is that of its payment, as ours."""

    class State(models.TextChoices):
        PENDING = "pending", _("注文受付")
        AUTHORISED = "authorised", _("与信完了")
        SOLD = "sold", _("売上完了")
        CANCELLED = "cancelled", _("キャンセル")
        RETURNED = "returned", _("返品")
        OTHER = "other", _("その他")

    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="orders", db_index=False
    )
    external_id = models.CharField(max_length=60)
    customer_external_id = models.CharField(max_length=60)
    subscription_external_id = models.CharField(
        max_length=60, blank=True, db_default=""
    )
    number = models.CharField(_("注文番号"), max_length=60)
    state = models.CharField(max_length=12, choices=State.choices)
    # The cart's own word for the state; what it means is mapped by CartWord.
    word = models.CharField(max_length=60, blank=True, db_default="")
    times = models.PositiveIntegerField(default=0)
    total = models.BigIntegerField(default=0)  # yen, as the others
    subtotal = models.BigIntegerField(default=0, db_default=0)
    shipping_fee = models.BigIntegerField(default=0, db_default=0)
    discount = models.BigIntegerField(default=0, db_default=0)
    points_used = models.BigIntegerField(default=0, db_default=0)
    coupons = models.CharField(max_length=500, blank=True, db_default="")
    payment_method = models.CharField(max_length=100, blank=True, db_default="")
    # Who ordered, as the order itself says.
    name = models.CharField(max_length=200, blank=True, db_default="")
    email_key = models.CharField(max_length=254, blank=True, db_default="")
    phone_e164 = models.CharField(max_length=20, blank=True, db_default="")
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    carrier = models.CharField(max_length=60, blank=True, db_default="")
    tracking_number = models.CharField(max_length=60, blank=True, db_default="")
    tracking_url = models.CharField(max_length=300, blank=True, db_default="")
    # The way of the order (アクセス履歴), as far as the cart tells it.
    url = models.CharField(max_length=300, blank=True, db_default="")
    campaign = models.CharField(max_length=200, blank=True, db_default="")
    advertiser = models.CharField(max_length=200, blank=True, db_default="")
    device = models.CharField(max_length=60, blank=True, db_default="")
    ordered_at = models.DateTimeField()
    # When the mail that told of it reached the mailbox; None where a cart told. Shipping days count from it.
    received_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    objects = TenantManager.from_queryset(OrderQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "cart", "external_id"], name="cartorder_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "cart", "customer_external_id", "-ordered_at"],
                name="cartorder_customer",
            ),
            models.Index(
                fields=["tenant", "cart", "word"],
                name="cartorder_unknown",
                condition=models.Q(state="other"),
            ),
            models.Index(
                fields=["tenant", "-ordered_at", "-id"], name="cartorder_newest"
            ),
            models.Index(fields=["tenant", "number"], name="cartorder_number"),
            models.Index(
                fields=["tenant", "email_key"],
                name="cartorder_email",
                condition=~models.Q(email_key=""),
            ),
            models.Index(
                fields=["tenant", "phone_e164"],
                name="cartorder_phone",
                condition=~models.Q(phone_e164=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.external_id


class CartOrderLine(TenantModel):
    """A line of an order: so many of a product."""

    order = models.ForeignKey(
        CartOrder, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    price = models.BigIntegerField(default=0)  # yen, of one

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "order", "position"], name="cartorderline_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "product", "order"], name="cartorderline_product"
            )
        ]

    @property
    def total(self) -> int:
        return self.quantity * self.price


class CartSubscription(TenantModel):
    """A subscription (定期) as the cart has it."""

    class State(models.TextChoices):
        ACTIVE = "active", _("継続中")
        SUSPENDED = "suspended", _("休止中")
        CANCELLED = "cancelled", _("解約済み")
        OTHER = "other", _("その他")

    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="subscriptions", db_index=False
    )
    external_id = models.CharField(max_length=60)
    customer_external_id = models.CharField(max_length=60)
    number = models.CharField(_("定期番号"), max_length=60, blank=True, db_default="")
    product = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=State.choices)
    word = models.CharField(max_length=60, blank=True, db_default="")
    times = models.PositiveIntegerField(default=0)
    # The rhythm of the deliveries in the cart's own words, and whether the customer may not change it.
    cycle = models.CharField(max_length=100, blank=True, db_default="")
    is_cycle_locked = models.BooleanField(default=False, db_default=False)
    next_at = models.DateTimeField(null=True)
    # So many more deliveries are obligatory (定期縛り); None: the cart does not say.
    remaining_times = models.PositiveIntegerField(null=True)
    stopped_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "cart", "external_id"], name="cartsubscription_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "cart", "customer_external_id"],
                name="cartsubscription_customer",
            ),
            models.Index(
                fields=["tenant", "cart", "word"],
                name="cartsubscription_unknown",
                condition=models.Q(state="other"),
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.external_id

    @property
    def locked_from(self) -> datetime | None:
        """When the next date can no longer be changed; None where the shop did not say how many days before."""
        days = self.cart.lock_days
        return (
            self.next_at - timedelta(days=days)
            if self.next_at and days is not None
            else None
        )


class CartWord(TenantModel):
    """What one of the cart's own words for a state means, where a person said so."""

    class Kind(models.TextChoices):
        ORDERS = "orders", _("受注")
        SUBSCRIPTIONS = "subscriptions", _("定期")
        CUSTOMERS = "customers", _("顧客")

    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="words", db_index=False
    )
    kind = models.CharField(max_length=13, choices=Kind.choices)
    word = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=12)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "cart", "kind", "word"], name="cartword_once"
            )
        ]
