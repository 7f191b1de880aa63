"""The cart systems and their customers."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Value
from django.db.models.functions import Now
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cartsync.models.querysets import ORDER_MAIL, WANTED, CartQuerySet
from members.models import Tag
from members.models.fields import ItemNameField, LazyText, UsedKey
from tenants.fields import PublicIdField
from tenants.models import TenantManager, TenantModel
from tenants.secrets import SecretJsonField

__all__ = ["ORDER_MAIL", "Cart", "CartCustomer"]


class Cart(TenantModel):
    """A shop's account at a cart system, polled every ``frequency`` minutes (カート連携頻度)."""

    class MatchKey(models.TextChoices):
        EMAIL = "email", _("メールアドレス")
        PHONE = "phone", _("電話番号")

    public_id = PublicIdField()
    name = models.CharField(_("カート名"), max_length=60)
    kind = models.CharField(_("カートの種類"), max_length=20)
    # What the connector's own form asked for, secrets among it: encrypted as a whole.
    settings = SecretJsonField(_("接続の設定"), default=dict)
    # What the cart granted by OAuth2 (connectors/grants.py); empty until an operator approves the connection there.
    granted = SecretJsonField(_("カートの許可"), default=dict)
    frequency = models.PositiveIntegerField(
        _("連携頻度（分）"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
    )
    match_key = ItemNameField(
        _("照合に使う項目"),
        max_length=5,
        choices=MatchKey.choices,
        default=MatchKey.EMAIL,
        needed_as=_("カート連携の照合に使う項目"),
        needed_when=WANTED,
    )
    linked_tag = UsedKey(
        Tag,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("カートと連携したときのタグ"),
    )
    untag_on_end = models.BooleanField(_("連携が終わったらタグを外す"), default=True)
    # Link by the LINE id that the cart knows, before any other key: only where its login is of the shop's provider.
    uses_line_id = models.BooleanField(
        _("LINE IDでも連携する"), default=False, db_default=False
    )
    # Some tools leave customers without an order unlinked; we link them unless the shop says otherwise.
    needs_order = models.BooleanField(_("注文のある顧客だけを連携する"), default=False)
    # How many days before a delivery its date can no longer be changed; None: the cart does not say.
    lock_days = models.PositiveSmallIntegerField(
        _("お届け日変更の締切（日前）"), null=True
    )
    is_active = models.BooleanField(_("有効"), default=True)
    # Why it was switched off by itself; blank when a person did it.
    stopped_reason = models.CharField(max_length=300, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    # Everything changed before this was read by a successful run; the next window starts a little earlier.
    read_until = models.DateTimeField(null=True)
    # What happened at the cart before this is history and starts no step message (cartsync/events.py).
    news_from = models.DateTimeField(default=timezone.now, db_default=Now())
    # Whether a whole file of subscriptions was loaded once: what a file says after it is news.
    knows_subscriptions = models.BooleanField(default=False, db_default=False)
    # Where a reading that did not fit into one run goes on (cartsync/sync/window.py); None between readings.
    cursor = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager.from_queryset(CartQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="cart_public_id"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def usage_url(self) -> LazyText:
        return reverse_lazy("cartsync:settings", args=[self.public_id])

    @property
    def base_url(self) -> str:
        """The cart's address, for whoever opens it."""
        return str(self.settings.get("base_url", ""))

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

    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="customers", db_index=False
    )
    external_id = models.CharField(max_length=60)
    number = models.CharField(_("顧客番号"), max_length=60, blank=True)
    name = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=200, blank=True)
    # The reading (カナ), as it is searched.
    kana_key = models.CharField(max_length=200, blank=True, db_default="")
    email = models.CharField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    phone_e164 = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.MEMBER)
    # The cart's own word for the state.
    word = models.CharField(max_length=60, blank=True, db_default="")
    # The LINE user id, where the cart knows it.
    line_id = models.CharField(max_length=64, blank=True, db_default="")
    # An address that the cart made up itself: nobody reads it, so it is neither key nor target.
    is_auto_email = models.BooleanField(db_default=False, default=False)
    # [{kind, name, kana, postal_code, prefecture, address, phone}], the billing address first.
    addresses = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    points = models.BigIntegerField(_("ポイント"), null=True)
    points_expire_at = models.DateTimeField(_("ポイントの有効期限"), null=True)
    coupons = models.CharField(_("クーポン"), max_length=500, blank=True, db_default="")
    order_count = models.PositiveIntegerField(default=0)
    buy_times = models.PositiveIntegerField(_("購入回数"), default=0)
    buy_total = models.BigIntegerField(_("購入総額"), default=0)  # yen
    subscription_times = models.PositiveIntegerField(_("定期回数"), default=0)
    subscription_state = models.CharField(_("定期の状態"), max_length=12, blank=True)
    changed_at = models.DateTimeField()
    # When anything of this customer (orders included) last came in new or changed.
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "cart", "external_id"], name="cartcustomer_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "cart", "email_key"], name="cartcustomer_email"
            ),
            models.Index(
                fields=["tenant", "cart", "phone_e164"], name="cartcustomer_phone"
            ),
            models.Index(
                fields=["tenant", "cart", "seen_at"], name="cartcustomer_seen"
            ),
            models.Index(fields=["tenant", "external_id"], name="cartcustomer_id"),
            models.Index(
                fields=["tenant", "cart", "line_id"],
                name="cartcustomer_line",
                condition=~models.Q(line_id=""),
            ),
            models.Index(
                fields=["tenant", "number"],
                name="cartcustomer_number",
                condition=~models.Q(number=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.external_id
