"""The columns of the file of orders, as one statement: a cell each, guarded against formulas."""

from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartsync.models import CartOrder
from jobs.files.formula_guard import SAFE_PARAMS, SAFE_SQL
from tenants.scope import get_current_tenant_id

MOMENT = "to_char({column} AT TIME ZONE %s, 'YYYY-MM-DD HH24:MI')"


class OrderColumn(NamedTuple):
    label: str | Promise
    cell: str
    is_number: bool = False
    is_moment: bool = False


COLUMNS = (
    OrderColumn(_("注文番号"), "o.number"),
    OrderColumn(_("カート"), "k.name"),
    OrderColumn(_("注文日時"), "o.ordered_at", is_moment=True),
    OrderColumn(_("決済状況"), ""),
    OrderColumn(_("決済方法"), "o.payment_method"),
    OrderColumn(_("商品"), "lines.names"),
    OrderColumn(_("数量"), "lines.quantity", is_number=True),
    OrderColumn(_("合計"), "o.total", is_number=True),
    OrderColumn(_("送料"), "o.shipping_fee", is_number=True),
    OrderColumn(_("値引き"), "o.discount", is_number=True),
    OrderColumn(_("利用ポイント"), "o.points_used", is_number=True),
    OrderColumn(_("クーポン"), "o.coupons"),
    OrderColumn(_("定期回数"), "o.times", is_number=True),
    OrderColumn(_("発送日時"), "o.shipped_at", is_moment=True),
    OrderColumn(_("送り状番号"), "o.tracking_number"),
    OrderColumn(_("顧客番号"), "coalesce(c.number, '')"),
    OrderColumn(_("氏名"), "coalesce(c.name, o.name)"),
    OrderColumn(_("メールアドレス"), "coalesce(c.email, o.email_key)"),
    OrderColumn(_("電話番号"), "coalesce(c.phone, o.phone_e164)"),
    OrderColumn(_("キャンペーン"), "o.campaign"),
    OrderColumn(_("広告主"), "o.advertiser"),
    OrderColumn(_("端末"), "o.device"),
    OrderColumn(_("URL"), "o.url"),
)
STATEMENT = """
SELECT {guarded} FROM (
    SELECT o.id, {cells} FROM cartsync_cartorder o
    JOIN cartsync_cart k ON k.tenant_id = %s AND k.id = o.cart_id
    LEFT JOIN cartsync_cartcustomer c ON c.tenant_id = %s AND c.cart_id = o.cart_id
         AND c.external_id = o.customer_external_id
    LEFT JOIN LATERAL (
        SELECT string_agg(l.name || CASE WHEN l.quantity <> 1 THEN '×' || l.quantity ELSE '' END, '、'
                          ORDER BY l.position) AS names, sum(l.quantity) AS quantity
        FROM cartsync_cartorderline l WHERE l.tenant_id = %s AND l.order_id = o.id) lines ON true
    WHERE o.tenant_id = %s AND o.id <= %s AND o.id IN ({found})
    ORDER BY o.id DESC) AS t({names})
ORDER BY t.id DESC
"""


def list_order_headings() -> list[str]:
    return [str(column.label) for column in COLUMNS]


def build_order_statement(
    found: str, found_values: list[Any], newest: int, formulas: bool
) -> tuple[str, list[Any]]:
    """Return (sql, params) of the SELECT of the cells of the orders that ``found`` names, newest first.

    ``formulas``: whether cells that look like one may stay so, in a file that keeps text apart from them.
    """
    zone, cells, cell_values = timezone.get_current_timezone_name(), [], []
    guarded, guard_values = [], []
    for place, column in enumerate(COLUMNS):
        cell = column.cell or _build_state_cell()
        if column.is_moment:
            cell = MOMENT.format(column=cell)
            cell_values.append(zone)
        elif not column.cell:
            cell_values += [str(label) for _value, label in CartOrder.State.choices]
        cells.append(cell)
        plain = formulas or column.is_number or column.is_moment
        guarded.append(f"t.c{place}" if plain else SAFE_SQL.format(f"t.c{place}"))
        guard_values += [] if plain else SAFE_PARAMS
    tenant = get_current_tenant_id()
    sql = STATEMENT.format(
        guarded=", ".join(guarded),
        cells=", ".join(cells),
        found=found,
        names=", ".join(["id", *(f"c{place}" for place in range(len(COLUMNS)))]),
    )
    values = [tenant, tenant, tenant, tenant, newest, *found_values]
    return sql, [*guard_values, *cell_values, *values]


def _build_state_cell() -> str:
    """Return the CASE from a state to its label; the labels are parameters."""
    cases = " ".join(
        f"WHEN '{value}' THEN %s" for value, _label in CartOrder.State.choices
    )
    return f"CASE o.state {cases} END"
