"""Columns of the carts in an exported file. For a member linked to several carts, counts add up, numbers are listed."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartsync.models import CartCustomer
from members.attributes.file_joins import Join, build_aggregate_join
from members.attributes.file_values import build_choice_text, build_empty_text
from members.attributes.member_field import Column
from tenants.scope import get_current_tenant_id

# The customers of all carts that a member is linked to; one join however many of the columns are asked for.
SHOWN = f"""string_agg(c.external_id, '、' ORDER BY l.cart_id) AS ids,
string_agg(c.number, '、' ORDER BY l.cart_id) AS numbers, sum(c.buy_times)::text AS times,
sum(c.buy_total)::text AS total, max(c.subscription_times)::text AS subscription_times,
sum(c.points)::text AS points,
to_char(min(c.points_expire_at) AT TIME ZONE '{settings.TIME_ZONE}', 'YYYY/MM/DD') AS points_expire,
string_agg(nullif(c.coupons, ''), '、' ORDER BY l.cart_id) AS coupons"""
CUSTOMERS = """FROM cartsync_link l
JOIN cartsync_cartcustomer c ON c.tenant_id = l.tenant_id AND c.id = l.customer_id
WHERE l.tenant_id = %s AND l.ended_at IS NULL"""


def build_customers_join() -> Join:
    return build_aggregate_join("customers", SHOWN, CUSTOMERS, get_current_tenant_id())


def build_export_columns() -> list[Column]:
    def of_customers(
        name: str, label: str | Promise, cell: str, number: bool = False
    ) -> Column:
        return Column(
            name,
            label,
            build_empty_text,
            number=number,
            join=build_customers_join,
            cell=f"customers.{cell}",
        )

    return [
        Column(
            "cart_state",
            _("カートの状態"),
            lambda: build_choice_text("cart_state", CartCustomer.State.choices),
        ),
        of_customers("customer_id", _("顧客ID"), "ids"),
        of_customers("customer_number", _("顧客番号"), "numbers"),
        of_customers("buy_times", _("購入回数"), "times", number=True),
        of_customers("buy_total", _("購入総額"), "total", number=True),
        of_customers(
            "subscription_times", _("定期回数"), "subscription_times", number=True
        ),
        of_customers("points", _("ポイント"), "points", number=True),
        # Of several carts the day that comes first.
        of_customers("points_expire", _("ポイントの有効期限"), "points_expire"),
        of_customers("coupons", _("クーポン"), "coupons"),
    ]
