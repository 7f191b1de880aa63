"""The files that the demo cart exports are read by a cart of files as it is set up at first."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from cartsync.connectors.base import Resource
from cartsync.connectors.files import FilesSettings
from cartsync.connectors.generic.settings import read_mapping
from cartsync.files.rows import parse_records
from sandbox.serving import Sandbox
from tests.sandbox.conftest import fetch

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def read_rows(sandbox: Sandbox, resource: Resource) -> list[Any]:
    answer = fetch(f"{sandbox.cart_url}/{resource.value}.csv")
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.body[0] == "\ufeff"
    header, *records = csv.reader(io.StringIO(answer.body[1:], newline=""))
    initial = FilesSettings.base_fields[f"{resource.value}_fields"].initial
    mapping = read_mapping(str(initial))
    rows, wrong = parse_records(resource, header, records, mapping, NOW)
    assert wrong == []
    return rows


def test_what_is_exported_is_what_is_there(sandbox: Sandbox) -> None:
    hana = sandbox.cart.add_customer(
        {"name": "山田 花子", "email": "h@example.jp", "full_tel": "09011112222"}
    )
    order = sandbox.cart.add_order(hana["id"])
    customers = read_rows(sandbox, Resource.CUSTOMERS)
    assert len(customers) == len(sandbox.cart.tables["customers"])
    (customer,) = [row for row in customers if row.external_id == str(hana["id"])]
    assert (customer.external_id, customer.name, customer.email, customer.phone) == (
        str(hana["id"]),
        "山田 花子",
        "h@example.jp",
        "09011112222",
    )
    orders = read_rows(sandbox, Resource.ORDERS)
    assert len(orders) == len(sandbox.cart.tables["orders"])
    (bought,) = [row for row in orders if row.external_id == order["number"]]
    assert (bought.external_id, bought.customer_external_id, bought.total) == (
        order["number"],
        str(hana["id"]),
        order["total"],
    )
