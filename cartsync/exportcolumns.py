"""What the carts add to an exported file. A member linked to several carts: counts add up, numbers stand in a row."""

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, Max, OuterRef, Subquery, Sum, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from cartsync.models import CartCustomer, Link
from members.exporting.columns import Column
from members.exporting.values import words


def of_customers(value: Combinable) -> Subquery:
    """An aggregate over the customers of all carts that a member is linked to, as text."""
    links = Link.objects.filter(member_id=OuterRef("pk"), ended_at=None).order_by()
    return Subquery(links.values("member_id").annotate(found=Cast(value, TextField())).values("found"))


def columns() -> list[Column]:
    return [
        Column("cart_state", _("カートの状態"), lambda: words("cart_state", CartCustomer.State.choices)),
        Column("customer_id", _("顧客ID"), lambda: of_customers(joined("customer__external_id"))),
        Column("customer_number", _("顧客番号"), lambda: of_customers(joined("customer__number"))),
        Column("buy_times", _("購入回数"), lambda: of_customers(Sum("customer__buy_times")), number=True),
        Column("buy_total", _("購入総額"), lambda: of_customers(Sum("customer__buy_total")), number=True),
        Column(
            "subscription_times", _("定期回数"), lambda: of_customers(Max("customer__subscription_times")), number=True
        ),
    ]


def joined(field: str) -> StringAgg:
    return StringAgg(F(field), "、", order_by="cart_id")
