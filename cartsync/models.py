"""The cart systems, what was read from them, and who is who."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Member, Tag
from tenants.fields import PublicIdField
from tenants.models import TenantModel
from tenants.secrets import SecretField


class Cart(TenantModel):
    """A shop's account at a cart system, polled every ``frequency`` minutes (カート連携頻度)."""

    class MatchKey(models.TextChoices):
        EMAIL = "email", _("メールアドレス")
        PHONE = "phone", _("電話番号")

    public_id = PublicIdField()
    name = models.CharField(_("カート名"), max_length=60)
    kind = models.CharField(_("カートの種類"), max_length=20)
    base_url = models.URLField(_("接続先URL"))
    token = SecretField(_("APIトークン"))
    frequency = models.PositiveIntegerField(
        _("連携頻度（分）"), default=60, validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )
    match_key = models.CharField(_("照合に使う項目"), max_length=5, choices=MatchKey.choices, default=MatchKey.EMAIL)
    linked_tag = models.ForeignKey(Tag, null=True, on_delete=models.PROTECT, related_name="+")
    untag_on_end = models.BooleanField(_("連携が終わったらタグを外す"), default=True)
    is_active = models.BooleanField(_("有効"), default=True)
    stopped_reason = models.CharField(max_length=200, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    # Everything changed before this was read by a successful run; the next window starts a little earlier.
    read_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="cart_public_id")]

    def __str__(self) -> str:
        return self.name


class CartCustomer(TenantModel):
    """A customer as the cart has it; older data never overwrites newer (``changed_at``)."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="customers", db_index=False)
    external_id = models.CharField(max_length=60)
    number = models.CharField(_("顧客番号"), max_length=60, blank=True)
    name = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=20, blank=True)
    buy_times = models.PositiveIntegerField(default=0)
    buy_total = models.BigIntegerField(default=0)  # yen
    changed_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "cart", "external_id"], name="cartcustomer_once")]
        indexes = [
            models.Index(fields=["tenant", "cart", "email_key"], name="cartcustomer_email"),
            models.Index(fields=["tenant", "cart", "phone_e164"], name="cartcustomer_phone"),
        ]


class CartOrder(TenantModel):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="orders", db_index=False)
    external_id = models.CharField(max_length=60)
    customer_external_id = models.CharField(max_length=60)
    number = models.CharField(_("注文番号"), max_length=60)
    state = models.CharField(max_length=30)
    times = models.PositiveIntegerField(default=0)
    total = models.BigIntegerField(default=0)  # yen
    ordered_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "cart", "external_id"], name="cartorder_once")]
        indexes = [
            models.Index(fields=["tenant", "cart", "customer_external_id", "-ordered_at"], name="cartorder_customer")
        ]


class CartSubscription(TenantModel):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="subscriptions", db_index=False)
    external_id = models.CharField(max_length=60)
    customer_external_id = models.CharField(max_length=60)
    product = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20)
    times = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "cart", "external_id"], name="cartsubscription_once")]
        indexes = [models.Index(fields=["tenant", "cart", "customer_external_id"], name="cartsubscription_customer")]


class Link(TenantModel):
    """A member and a cart customer who are one person. Ending it keeps the row."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="links", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="links", db_index=False)
    customer = models.ForeignKey(CartCustomer, on_delete=models.CASCADE, related_name="links", db_index=False)
    matched_by = models.CharField(max_length=8)
    linked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # 連携後に変更: a phone or email changed on either side; a person decides.
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "cart", "member"], name="link_member", condition=models.Q(ended_at=None)
            ),
            models.UniqueConstraint(
                fields=["tenant", "customer"], name="link_customer", condition=models.Q(ended_at=None)
            ),
        ]
        indexes = [models.Index(fields=["tenant", "member"], name="link_of_member")]


class SyncRun(TenantModel):
    """One poll: opened before the first call, closed after the last."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("実行中")
        SUCCESS = "success", _("成功")
        TRY_LATER = "try_later", _("失敗（再試行します）")
        FIX_SETTINGS = "fix_settings", _("失敗（設定の確認が必要です）")

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="runs", db_index=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.RUNNING)
    customers = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    linked = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "cart", "-started_at"], name="syncrun_newest")]
