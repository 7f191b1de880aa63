"""What a cart's own words mean is said on its page, and what is stored follows."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from cartsync.connectors.base import Line, Order, Resource
from cartsync.models import Cart, CartOrder, CartOrderLine, CartWord, Product
from cartsync.sync.notices import describe_new_words
from cartsync.sync.state_words import (
    apply_words,
    list_seen_words,
    list_undecided_words,
    map_words,
)
from cartsync.sync.store import store_rows
from operators.models import Notice
from tenants.models import Wakeup
from tests.cartsync.conftest import customer, stored

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def order(number: int, word: str = "paid", version: int = 0, *lines: Line) -> Order:
    return Order(
        str(number),
        "1",
        f"D{number}",
        "other",
        0,
        1000,
        NOW,
        NOW + timedelta(minutes=version),
        word=word,
        lines=lines,
    )


def test_every_word_stands_on_the_page_with_count_and_example(cart: Cart) -> None:
    stored(cart, customer(1, "090-1234-5678"))
    store_rows(cart, Resource.ORDERS, [order(1), order(2), order(3, "later")])
    seen = [
        (one.kind, one.word, one.count, one.example, one.state)
        for one in list_seen_words(cart)
        if one.kind == "orders"
    ]
    assert seen == [
        ("orders", "paid", 2, "D2", "other"),
        ("orders", "later", 1, "D3", "other"),
    ]


def test_words_that_nobody_explained_stand_in_review_until_somebody_does(
    aiko: Client, cart: Cart
) -> None:
    stored(cart, customer(1, "090-1234-5678"))
    store_rows(cart, Resource.ORDERS, [order(1), order(2, "later"), order(3, "")])
    page = aiko.get("/t/sakura/carts/review/").content.decode()
    assert "「本店」に、意味の決まっていない状態の言葉が2件あります。" in page
    assert f'href="/t/sakura/carts/{cart.public_id}/#words"' in page
    assert [found.words for found in list_undecided_words()] == [["later", "paid"]]
    # Who says that a word is その他 has decided.
    map_words(cart, {("orders", "paid"): "sold", ("orders", "later"): "other"})
    apply_words(cart.tenant, cart.pk)
    assert list_undecided_words() == []


def test_a_mapped_word_counts_stored_rows_and_later_ones(
    aiko: Client, cart: Cart
) -> None:
    (buyer,) = stored(cart, customer(1, "090-1234-5678"))
    store_rows(cart, Resource.ORDERS, [order(1), order(2, "later")])
    buyer.refresh_from_db()
    assert (buyer.order_count, buyer.buy_times) == (2, 0)
    page = f"/t/sakura/carts/{cart.public_id}/words/"
    answer = aiko.post(page, {"orders-paid": "sold", "orders-later": "other"})
    assert answer.status_code == 302
    assert list(CartWord.objects.values_list("kind", "word", "state")) == [
        ("orders", "paid", "sold")
    ]
    assert Wakeup.objects.filter(kind="cartsync.words", subject=cart.pk).exists()
    apply_words(cart.tenant, cart.pk)
    buyer.refresh_from_db()
    assert (buyer.buy_times, buyer.buy_total) == (1, 1000)
    store_rows(cart, Resource.ORDERS, [order(3)])
    assert CartOrder.objects.get(number="D3").state == "sold"
    aiko.post(page, {"orders-paid": "cancelled"})
    apply_words(cart.tenant, cart.pk)
    buyer.refresh_from_db()
    assert (buyer.buy_times, buyer.buy_total) == (0, 0)


def test_a_state_that_does_not_exist_is_left_alone(aiko: Client, cart: Cart) -> None:
    stored(cart, customer(1, "090-1234-5678"))
    store_rows(cart, Resource.ORDERS, [order(1)])
    aiko.post(f"/t/sakura/carts/{cart.public_id}/words/", {"orders-paid": "nonsense"})
    assert not CartWord.objects.exists()


def test_who_may_not_connect_maps_nothing(ed: Client, cart: Cart) -> None:
    page = f"/t/sakura/carts/{cart.public_id}/words/"
    assert ed.post(page, {"orders-paid": "sold"}).status_code == 403


def test_lines_follow_their_order_and_name_products(cart: Cart) -> None:
    tea, jelly = Line("TE-1", "めぐり茶", 2, 2480), Line("", "ゼリー", 1, 500)
    store_rows(cart, Resource.ORDERS, [order(1, "paid", 0, tea, jelly)])
    rows = CartOrderLine.objects.order_by("position")
    assert [
        (row.product.external_id, row.name, row.quantity, row.total) for row in rows
    ] == [
        ("TE-1", "めぐり茶", 2, 4960),
        ("ゼリー", "ゼリー", 1, 500),
    ]
    renamed = Line("TE-1", "新・めぐり茶", 1, 2480)
    store_rows(cart, Resource.ORDERS, [order(1, "paid", 5, renamed)])
    assert [(row.name, row.quantity) for row in rows.all()] == [("新・めぐり茶", 1)]
    assert Product.objects.get(external_id="TE-1").name == "新・めぐり茶"
    store_rows(cart, Resource.ORDERS, [order(1, "paid", 3, jelly)])  # an older version
    assert [row.name for row in rows.all()] == ["新・めぐり茶"]


def test_a_crash_leaves_order_and_lines_as_they_were(cart: Cart) -> None:
    tea = Line("TE-1", "めぐり茶", 2, 2480)
    store_rows(cart, Resource.ORDERS, [order(1, "paid", 0, tea)])
    with pytest.raises(RuntimeError), transaction.atomic():
        store_rows(cart, Resource.ORDERS, [order(1, "paid", 5)])
        raise RuntimeError
    assert [row.quantity for row in CartOrderLine.objects.all()] == [2]


def test_operators_hear_of_each_new_word_once(cart: Cart) -> None:
    known = CartWord(cart=cart, kind="orders", word="paid", state="sold")
    known.save()
    store_rows(cart, Resource.ORDERS, [order(1), order(2, "later"), order(3, "held")])
    store_rows(cart, Resource.ORDERS, [order(4, "later"), order(5, "lost")])
    store_rows(cart, Resource.ORDERS, [order(6, "held")])
    notices = list(Notice.objects.filter(kind="cart.new_word").order_by("pk"))
    assert [notice.data["words"] for notice in notices] == [["held", "later"], ["lost"]]
    text = describe_new_words(notices)[notices[0].pk]
    assert text.title == f"カートに新しい状態の言葉があります：{cart.name}"
    assert text.detail.startswith("「held、later」の意味を選ぶまで")
    assert text.args == (cart.public_id,)
