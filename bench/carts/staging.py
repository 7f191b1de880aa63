"""What the benchmarks of carts share: the size, a shop's cart, and a line without a plain way."""

import os
from contextlib import contextmanager
from typing import Any

from bench.stage import Table

SCALE = float(os.environ.get("SCALE", "1"))


@contextmanager
def scope(number: int) -> Any:
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(number):
        yield


def make_cart(tenant: Any) -> int:
    from django.db import transaction

    from cartsync.models import Cart
    from members.tags.names import get_or_create_tag
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant), transaction.atomic():
        own: dict[str, Any] = {"kind": "ecforce", "match_key": "phone"}
        own["linked_tag"] = get_or_create_tag("連携済み")
        return int(Cart.objects.get_or_create(name="bench", defaults=own)[0].pk)


def count(model: Any, tenant: Any) -> int:
    from django.db import transaction

    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant), transaction.atomic():
        return int(model.objects.count())


def report(table: Table, what: str, ours: float, floor: float | None = None) -> None:
    """Print a line that no plain way stands beside."""
    table.line(
        what,
        f"{ours * 1000:,.0f} ms",
        "",
        f"{floor * 1000:,.0f} ms" if floor else "",
        "",
        f"{ours / floor:.2f}" if floor else "",
    )
