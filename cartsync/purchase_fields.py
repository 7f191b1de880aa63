"""Fields of conditions about what linked customers bought, by which way, and what their subscriptions do next."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cartsync.condition_fields import (
    GROUP,
    build_link_field,
    build_number_condition,
)
from cartsync.models import CartOrder, CartOrderLine, CartSubscription, Link, Product
from members.conditions.kinds.base import (
    DELETED_MESSAGE,
    NOTHING,
    LazyText,
    RowInputs,
    Text,
)
from members.conditions.kinds.choices import Choices
from members.conditions.kinds.days import DATE_WAYS, build_empty_ways, build_period_q
from members.conditions.kinds.numbers import build_number_ways
from members.conditions.registry import Field, Way
from members.conditions.search import get_search_text
from members.normalize.text import normalize_text

# Orders that came to nothing are no purchase.
NOT_BOUGHT = (CartOrder.State.CANCELLED, CartOrder.State.RETURNED)


# ---------------------------------------------------------------- products
class ProductChoices(Choices):
    """Some of the products of the carts' orders. A product is named by its cart and its number there."""

    SHOWN = 300

    def list_products(self) -> QuerySet[Product]:
        return Product.objects.select_related("cart").order_by("name", "pk")

    def find_products(self, keys: Iterable[str]) -> dict[str, Product]:
        """Return those of the named products that are there, by key."""
        wanted = set(keys)
        numbers = {key.partition(":")[2] for key in wanted}
        rows = self.list_products().filter(external_id__in=numbers)
        return {key: row for row in rows if (key := make_product_key(row)) in wanted}

    def missing(self, value: list[str]) -> bool:
        return len(self.find_products(value)) < len(set(value))

    def words(self, value: list[str]) -> str:
        found = self.find_products(value)
        gone = _("削除された項目")
        return _("・").join(str(found.get(key, gone)) for key in value)

    def read(self, parts: RowInputs) -> list[str]:
        found = self.find_products(parts.many)
        if len(found) < len(set(parts.many)):
            raise ValidationError(DELETED_MESSAGE)
        if not found:
            raise ValidationError(_("何も選ばれていません。1つ以上選んでください。"))
        return list(found)

    def options(self, parts: RowInputs) -> Iterable[Any]:
        """Return the chosen products, then the others by name, as many as a page can show."""
        chosen = self.find_products(parts.many)
        shown = {
            make_product_key(row): row for row in self.list_products()[: self.SHOWN]
        }
        return {
            key: describe_product(row) for key, row in (chosen | shown).items()
        }.items()


def make_product_key(product: Product) -> str:
    return f"{product.cart.public_id}:{product.external_id}"


def describe_product(product: Product) -> str:
    if not product.name or product.name == product.external_id:
        return product.external_id
    return f"{product.name}（{product.external_id}）"


PRODUCT = ProductChoices(tuple)
PRODUCT_WAYS = (
    Way(
        "in",
        gettext_lazy("いずれかを購入した"),
        PRODUCT,
        gettext_lazy("%(value)sを購入"),
    ),
    Way(
        "not_in",
        gettext_lazy("どれも購入していない"),
        PRODUCT,
        gettext_lazy("%(value)sを購入していない"),
    ),
    Way(
        "contains",
        gettext_lazy("商品名か商品番号に含む"),
        Text(),
        gettext_lazy("%(value)sを含む商品を購入"),
    ),
    Way(
        "lacks",
        gettext_lazy("商品名か商品番号に含む商品を購入していない"),
        Text(),
        gettext_lazy("%(value)sを含む商品を購入していない"),
    ),
)


def compile_product(op: str, value: Any) -> Q:
    products = Product.objects.all()
    if op in ("in", "not_in"):
        rows = PRODUCT.find_products(value).values()
        products = products.filter(pk__in=[row.pk for row in rows])
    else:
        text = normalize_text(get_search_text(value))
        if not text:
            return Q(pk__in=[])
        products = products.filter(
            Q(name__icontains=text) | Q(external_id__icontains=text)
        )
    lines = CartOrderLine.objects.filter(
        order=OuterRef("pk"), product__in=products.values("pk")
    )
    bought = select_linked_orders().exclude(state__in=NOT_BOUGHT).filter(Exists(lines))
    return Q(Exists(bought)) if op in ("in", "contains") else ~Q(Exists(bought))


# ---------------------------------------------------------------- rows of the linked customers
def _select_current_links() -> QuerySet[Link]:
    """Return the links of the member asked about with the customer of the row asked about."""
    return Link.objects.current().filter(
        member_id=OuterRef(OuterRef("pk")),
        cart_id=OuterRef("cart_id"),
        customer__external_id=OuterRef("customer_external_id"),
    )


def select_linked_orders() -> QuerySet[CartOrder]:
    """Return the orders of the linked customers, for a subquery on Member."""
    return CartOrder.objects.filter(Exists(_select_current_links()))


def select_linked_subscriptions() -> QuerySet[CartSubscription]:
    """Return the subscriptions of the linked customers, for a subquery on Member."""
    return CartSubscription.objects.filter(Exists(_select_current_links()))


def compile_next_delivery(op: str, value: Any) -> Q:
    """Return the condition on the next dates of running subscriptions; of several, one must fit."""
    running = select_linked_subscriptions().filter(
        state="active", next_at__isnull=False
    )
    if op in ("filled", "empty"):
        return Q(Exists(running)) if op == "filled" else ~Q(Exists(running))
    return Q(Exists(running.filter(build_period_q("next_at", op, value))))


# ---------------------------------------------------------------- texts of orders and customers
TEXT_WAYS = (
    Way("contains", gettext_lazy("含む"), Text(), gettext_lazy("%(value)sを含む")),
    Way("lacks", gettext_lazy("含まない"), Text(), gettext_lazy("%(value)sを含まない")),
    Way("filled", gettext_lazy("記録あり"), NOTHING, gettext_lazy("記録あり")),
    Way("empty", gettext_lazy("記録なし"), NOTHING, gettext_lazy("記録なし")),
)


def build_order_text_field(name: str, label: LazyText, column: str) -> Field:
    """Return a field on a text of the orders: the cart may not tell it of every order, one must fit."""

    def compiled(op: str, value: Any) -> Q:
        found = ~Q((column, ""))
        if op in ("contains", "lacks"):
            text = normalize_text(get_search_text(value))
            if not text:
                return Q(pk__in=[])
            found = Q((f"{column}__icontains", text))
        orders = Exists(select_linked_orders().filter(found))
        return Q(orders) if op in ("contains", "filled") else ~Q(orders)

    return Field(name, label, GROUP, TEXT_WAYS, compiled)


def compile_coupons(op: str, value: Any) -> Q:
    if op in ("filled", "empty"):
        return ~Q(customer__coupons="")
    text = normalize_text(get_search_text(value))
    return Q(customer__coupons__icontains=text) if text else Q(pk__in=[])


def build_customer_text_field(
    name: str, label: LazyText, compiled: Callable[[str, Any], Q]
) -> Field:
    """Return a field on a text of the linked customers; what is denied includes the unlinked."""
    field = build_link_field(name, label, (), compiled)

    def compile_text(op: str, value: Any) -> Q:
        found = field.compile("contains" if op == "lacks" else op, value)
        return ~found if op == "lacks" else found

    return Field(name, label, GROUP, TEXT_WAYS, compile_text)


FIELDS = (
    Field(
        "product", gettext_lazy("購入した商品"), GROUP, PRODUCT_WAYS, compile_product
    ),
    build_link_field(
        "order_count",
        gettext_lazy("注文件数（すべての状態）"),
        build_number_ways(gettext_lazy("件"), nullable=False),
        build_number_condition("order_count"),
    ),
    Field(
        "next_delivery",
        gettext_lazy("定期の次回お届け日"),
        GROUP,
        (
            *DATE_WAYS,
            *build_empty_ways(gettext_lazy("予定なし"), gettext_lazy("予定あり")),
        ),
        compile_next_delivery,
    ),
    build_link_field(
        "points_expire",
        gettext_lazy("ポイントの有効期限"),
        (*DATE_WAYS, *build_empty_ways()),
        lambda op, value: (
            Q(customer__points_expire_at__isnull=False)
            if op == "filled"
            else build_period_q("customer__points_expire_at", op, value)
        ),
    ),
    build_customer_text_field("coupons", gettext_lazy("クーポン"), compile_coupons),
    build_order_text_field("order_url", gettext_lazy("注文の経路：URL"), "url"),
    build_order_text_field(
        "order_campaign", gettext_lazy("注文の経路：キャンペーン"), "campaign"
    ),
    build_order_text_field(
        "order_advertiser", gettext_lazy("注文の経路：広告主"), "advertiser"
    ),
    build_order_text_field("order_device", gettext_lazy("注文の経路：端末"), "device"),
    build_order_text_field(
        "payment_method", gettext_lazy("支払方法"), "payment_method"
    ),
)
