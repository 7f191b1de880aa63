"""A cart of any shape, set up on the screen alone, until its customers are linked."""

from collections.abc import Iterator

import pytest
from django.test import Client

from cartsync.models import Cart, CartOrder, Link
from cartsync.sync.poll import poll_cart
from tenants.models import Tenant
from tests.cartsync.conftest import known
from tests.cartsync.connectors.fakes import GenericShape, Server, make_people
from tests.cartsync.screens.test_screens import SETTINGS

pytestmark = pytest.mark.django_db
NEW = "/t/sakura/carts/new/?kind=generic"


@pytest.fixture
def shape() -> Iterator[GenericShape]:
    found = GenericShape()
    found.people = make_people(8)
    with Server(found):
        yield found


def typed(shape: GenericShape, **values: str) -> dict[str, str]:
    own = {name: str(value) for name, value in shape.settings().items()}
    return SETTINGS | own | {"match_key": "email"} | values


def test_it_is_set_up_on_screen_until_customers_are_linked(
    aiko: Client, sakura: Tenant, shape: GenericShape
) -> None:
    member = known(email="p2@example.jp")
    page = aiko.post(NEW, typed(shape, check="1")).content.decode()
    assert "カートの顧客は8件です" in page
    assert "メールアドレス: p1@example.jp" in page
    assert aiko.post(NEW, typed(shape)).status_code == 302
    cart = Cart.objects.get()
    assert (cart.kind, cart.settings["token"]) == ("generic", "right-token")
    poll_cart(sakura, cart.pk)
    assert [
        (run.outcome, run.customers, run.orders, run.linked) for run in cart.runs.all()
    ] == [("success", 8, 8, 1)]
    link = Link.objects.get()
    assert (link.member, link.customer.external_id) == (member, "2")
    assert (link.customer.buy_times, link.customer.buy_total) == (1, 1002)
    assert CartOrder.objects.get(customer_external_id="2").word == "売上完了"


def test_an_api_below_a_path_is_asked_there(
    aiko: Client, sakura: Tenant, shape: GenericShape
) -> None:
    answer = aiko.post(NEW, typed(shape, base_url=f"{shape.url}/second/?a=1"))
    assert answer.status_code == 302
    assert Cart.objects.get().base_url == f"{shape.url}/second"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("customers_path", "v1/members", "「/」で始まるパスではありません"),
        ("customers_fields", "external_id = id", "「changed_at」が指定されていません"),
        ("customers_fields", "external_id = id\nchanged_at = u\nage = a", "「age」はありません"),
        ("cursor_path", "", "次のページの印の場所が入力されていません"),
        ("auth_header", "X Key:\n", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_and_kept(
    aiko: Client,
    sakura: Tenant,
    shape: GenericShape,
    field: str,
    value: str,
    words: str,
) -> None:
    answer = aiko.post(NEW, typed(shape, **{field: value}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert words in answer.content.decode()
    assert not Cart.objects.exists()
