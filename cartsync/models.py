"""The cart systems, what was read from them, and who is who. Long by a few lines: its tables belong together."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cartsync.querysets import CartQuerySet, LinkQuerySet, OrderQuerySet, SyncRunQuerySet
from members.models import Member, Tag
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel
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
    # Some tools leave customers without an order unlinked; we link them unless the shop says otherwise.
    needs_order = models.BooleanField(_("注文のある顧客だけを連携する"), default=False)
    is_active = models.BooleanField(_("有効"), default=True)
    # Why it was switched off by itself; blank when a person did it.
    stopped_reason = models.CharField(max_length=300, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    # Everything changed before this was read by a successful run; the next window starts a little earlier.
    read_until = models.DateTimeField(null=True)
    # Where a reading that did not fit into one run goes on (cartsync/windows.py); None between readings.
    cursor = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(CartQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "public_id"], name="cart_public_id")]

    def __str__(self) -> str:
        return self.name

    @property
    def key_column(self) -> str:
        """The column that is compared, named alike on members and on customers."""
        return "phone_e164" if self.match_key == self.MatchKey.PHONE else "email_key"


class CartCustomer(TenantModel):
    """A customer as the cart has it; older data never overwrites newer (``changed_at``).

    The three counts are ours and never mixed: ``buy_times`` and ``buy_total`` come from orders in 売上完了 only,
    ``subscription_times`` from the subscriptions (定期回数, the highest of them).
    """

    class State(models.TextChoices):
        VISITOR = "visitor", _("ビジター")
        GUEST = "guest", _("ゲスト")
        PROVISIONAL = "provisional", _("仮会員")
        MEMBER = "member", pgettext_lazy("customer", "会員")
        LEFT = "left", _("退会")

    # Those who left a cart, or only looked into it, are nobody's counterpart.
    LINKABLE = (State.GUEST, State.PROVISIONAL, State.MEMBER)

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="customers", db_index=False)
    external_id = models.CharField(max_length=60)
    number = models.CharField(_("顧客番号"), max_length=60, blank=True)
    name = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.MEMBER)
    order_count = models.PositiveIntegerField(default=0)
    buy_times = models.PositiveIntegerField(_("購入回数"), default=0)
    buy_total = models.BigIntegerField(_("購入総額"), default=0)  # yen
    subscription_times = models.PositiveIntegerField(_("定期回数"), default=0)
    subscription_state = models.CharField(_("定期の状態"), max_length=12, blank=True)
    changed_at = models.DateTimeField()
    # When anything of this customer (orders included) last came in new or changed.
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "cart", "external_id"], name="cartcustomer_once")]
        indexes = [
            models.Index(fields=["tenant", "cart", "email_key"], name="cartcustomer_email"),
            models.Index(fields=["tenant", "cart", "phone_e164"], name="cartcustomer_phone"),
            models.Index(fields=["tenant", "cart", "seen_at"], name="cartcustomer_seen"),
            models.Index(fields=["tenant", "external_id"], name="cartcustomer_id"),
            models.Index(fields=["tenant", "number"], name="cartcustomer_number", condition=~models.Q(number="")),
        ]

    def __str__(self) -> str:
        return self.number or self.external_id


class CartOrder(TenantModel):
    class State(models.TextChoices):
        PENDING = "pending", _("注文受付")
        AUTHORISED = "authorised", _("与信完了")
        SOLD = "sold", _("売上完了")
        CANCELLED = "cancelled", _("キャンセル")
        RETURNED = "returned", _("返品")
        OTHER = "other", _("その他")

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="orders", db_index=False)
    external_id = models.CharField(max_length=60)
    customer_external_id = models.CharField(max_length=60)
    number = models.CharField(_("注文番号"), max_length=60)
    state = models.CharField(max_length=12, choices=State.choices)
    times = models.PositiveIntegerField(default=0)
    total = models.BigIntegerField(default=0)  # yen
    ordered_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = TenantManager.from_queryset(OrderQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "cart", "external_id"], name="cartorder_once")]
        indexes = [
            models.Index(fields=["tenant", "cart", "customer_external_id", "-ordered_at"], name="cartorder_customer")
        ]


class CartSubscription(TenantModel):
    class State(models.TextChoices):
        ACTIVE = "active", _("継続中")
        SUSPENDED = "suspended", _("休止中")
        CANCELLED = "cancelled", _("解約済み")

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="subscriptions", db_index=False)
    external_id = models.CharField(max_length=60)
    customer_external_id = models.CharField(max_length=60)
    product = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=State.choices)
    times = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "cart", "external_id"], name="cartsubscription_once")]
        indexes = [models.Index(fields=["tenant", "cart", "customer_external_id"], name="cartsubscription_customer")]


class Link(TenantModel):
    """A member and a cart customer who are one person. Ending it keeps the row."""

    public_id = PublicIdField()
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="links", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="links", db_index=False)
    customer = models.ForeignKey(CartCustomer, on_delete=models.CASCADE, related_name="links", db_index=False)
    matched_by = models.CharField(max_length=8)
    linked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # 連携後に変更: a phone or email changed on either side; a person decides.
    changed_at = models.DateTimeField(null=True)
    # What both sides said when they were linked, or when a person last said このまま.
    member_email = models.CharField(max_length=254, blank=True)
    member_phone = models.CharField(max_length=20, blank=True)
    customer_email = models.CharField(max_length=254, blank=True)
    customer_phone = models.CharField(max_length=20, blank=True)

    objects = TenantManager.from_queryset(LinkQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="link_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "cart", "member"], name="link_member", condition=models.Q(ended_at=None)
            ),
            models.UniqueConstraint(
                fields=["tenant", "customer"], name="link_customer", condition=models.Q(ended_at=None)
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "member"], name="link_of_member"),
            models.Index(fields=["tenant", "cart", "linked_at"], name="link_batch"),
            models.Index(
                fields=["tenant", "changed_at"], name="link_changed", condition=models.Q(changed_at__isnull=False)
            ),
        ]


class SyncRun(TenantModel):
    """One poll: opened before the first call, closed after the last."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("実行中")
        SUCCESS = "success", _("成功")
        PARTIAL = "partial", _("途中まで（続けて読み込みます）")
        INTERRUPTED = "interrupted", _("中断（やり直します）")
        TRY_LATER = "try_later", _("失敗（再試行します）")
        FIX_SETTINGS = "fix_settings", _("失敗（設定の確認が必要です）")

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="runs", db_index=False)
    started_at = models.DateTimeField()
    # When the reading began that this run ends or goes on with: what changed before is read once it succeeds.
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.RUNNING)
    customers = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    subscriptions = models.PositiveIntegerField(default=0)
    linked = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = TenantManager.from_queryset(SyncRunQuerySet)()  # type: ignore[misc]

    class Meta:
        indexes = [models.Index(fields=["tenant", "cart", "-started_at"], name="syncrun_newest")]


class CartTagRule(TenantModel):
    """Tags linked members by one of the three counts. Which are never mixed."""

    class Measure(models.TextChoices):
        BUY_TIMES = "buy_times", _("購入回数")
        SUBSCRIPTION_TIMES = "subscription_times", _("定期回数")
        SUBSCRIPTION_STATE = "subscription_state", _("定期の状態")

    class Op(models.TextChoices):
        AT_LEAST = "gte", _("以上")
        EXACTLY = "eq", _("である")
        AT_MOST = "lte", _("以下")

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="tag_rules", db_index=False)
    measure = models.CharField(_("数えるもの"), max_length=20, choices=Measure.choices)
    op = models.CharField(_("条件"), max_length=3, choices=Op.choices)
    value = models.CharField(_("値"), max_length=12)
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+")
    takes_off = models.BooleanField(_("当てはまらなくなったらタグを外す"), default=False)

    class Meta:
        indexes = [models.Index(fields=["tenant", "cart"], name="carttagrule_of_cart")]


class CartTagHold(TenantModel):
    """A member whom a rule holds for: the rule tags when a row appears, once, and not at every poll."""

    rule = models.ForeignKey(CartTagRule, on_delete=models.CASCADE, related_name="holds", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "rule", "member"], name="carttaghold_once")]
        indexes = [models.Index(fields=["tenant", "member"], name="carttaghold_member")]
