"""RPA設定 › 基本設定 › 検索条件設定."""

from typing import Any

import pytest
from django.test import Client

from cartsync.models import Cart
from operators.models import AuditEntry
from rpa.models import RpaSettings
from tests.cartsync.conftest import customer, known, stored

PAGE, SEARCH = "/t/sakura/rpa/settings/", "/t/sakura/rpa/settings/search/"
pytestmark = pytest.mark.usefixtures("sakura")
GIVEN: dict[str, Any] = {
    "order": ["phone", "email", "name"],
    "ticked": ["phone", "email"],
    "mode": "any",
    "compares_product_name": "on",
}


def test_mail_alone_is_the_default(aiko: Client) -> None:
    form = aiko.get(PAGE).context["form"]
    assert [(row["key"], row["ticked"]) for row in form.rows] == [
        ("email", True),
        ("phone", False),
        ("name", False),
    ]
    assert RpaSettings.objects.count() == 0


def test_ticks_order_and_mode_are_saved(aiko: Client) -> None:
    assert aiko.post(SEARCH, GIVEN).status_code == 302
    stored = RpaSettings.objects.get()
    assert stored.conditions == ["phone", "email"]
    assert (stored.order, stored.mode) == (["phone", "email", "name"], "any")
    assert (stored.compares_product_name, stored.compares_product_code) == (True, False)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.operator.login_id) == ("rpa.search_changed", "aiko")
    aiko.post(SEARCH, GIVEN | {"order": ["name", "email", "phone"], "mode": "all"})
    again = RpaSettings.objects.get()
    assert (again.pk, again.conditions, again.mode) == (
        stored.pk,
        ["email", "phone"],
        "all",
    )


@pytest.mark.parametrize(
    ("ticked", "said"),
    [
        (["name"], "「氏名」だけでは検索できません。"),
        ([], "検索に使う項目が選ばれていません。"),
    ],
)
def test_what_cannot_search_is_refused(
    aiko: Client, ticked: list[str], said: str
) -> None:
    answer = aiko.post(SEARCH, GIVEN | {"ticked": ticked})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert answer.context["form"].order == ["phone", "email", "name"]
    assert RpaSettings.objects.count() == 0


def test_a_button_moves_a_row_without_a_script(aiko: Client) -> None:
    answer = aiko.post(SEARCH, GIVEN | {"move": "up:email"})
    assert answer.context["form"].order == ["email", "phone", "name"]
    assert answer.context["form"].ticked_keys == ["email", "phone"]
    assert RpaSettings.objects.count() == 0


@pytest.mark.parametrize("order", [[], ["email"], ["email", "email", "x"]])
def test_an_odd_order_keeps_all_three(aiko: Client, order: list[str]) -> None:
    aiko.post(SEARCH, GIVEN | {"order": order})
    assert sorted(RpaSettings.objects.get().order) == ["email", "name", "phone"]


def test_staff_see_and_do_not_change(ed: Client) -> None:
    page = ed.get(PAGE)
    assert page.status_code == 200
    assert "検索条件設定" in page.content.decode()
    assert 'name="simulate"' not in page.content.decode()
    assert ed.post(SEARCH, GIVEN).status_code == 403


def test_the_simulation_saves_nothing(aiko: Client, cart: Cart) -> None:
    stored(cart, customer(1, "09011111111", "a@example.jp"))
    known("09011111111", "a@example.jp")
    answer = aiko.post(SEARCH, GIVEN | {"simulate": "1"})
    (simulation,) = answer.context["simulations"]
    assert [(t.key, t.unique) for t in simulation.conditions] == [
        ("phone", 1),
        ("email", 1),
    ]
    assert "第2条件 メールアドレス" in answer.content.decode()
    assert RpaSettings.objects.count() == 0


def test_a_shop_without_a_cart_is_told_so(aiko: Client) -> None:
    page = aiko.post(SEARCH, GIVEN | {"simulate": "1"}).content.decode()
    assert "有効なカートがないため、試せません。" in page
