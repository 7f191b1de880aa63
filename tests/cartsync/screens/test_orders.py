"""受注リスト: every way to narrow it, what a row shows, and the guarded file."""

import csv
import io
import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import pyzipper
from django.core.files.storage import default_storage
from django.http import QueryDict
from django.test import Client

from cartsync.connectors.base import Line, Order, Resource
from cartsync.matching.link import link_members
from cartsync.models import Cart, CartOrder, Product
from cartsync.orders.export_job import get_order_file_path
from cartsync.orders.select import build_query_q
from cartsync.sync.store import store_rows
from jobs.models import Job
from jobs.runner import run_job
from members.conditions.url import encode_condition
from members.models import Member, Segment, TagBatch
from members.tags.assign import tag_members
from members.tags.names import get_or_create_tag
from operators.models import AuditEntry
from tests.cartsync.conftest import customer, known, stored
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
LIST = "/t/sakura/carts/orders/"
TOKYO = ZoneInfo("Asia/Tokyo")
TEA, JELLY = Line("TE-1", "めぐり茶", 2, 2480), Line("JE-1", "ゼリー", 1, 500)


def order(number: int, buyer: str, day: int, state: str, *lines: Line) -> Order:
    at = datetime(2026, 11, day, 9, 30, tzinfo=TOKYO)
    return Order(
        str(number),
        buyer,
        f"D{number}",
        state,
        0,
        1000 * number,
        at,
        at,
        lines=lines,
        campaign="=1+1",
    )


@pytest.fixture
def hanako(cart: Cart) -> Member:
    """花子 has D1 (茶, 売上完了) and D2 (ゼリー, 注文受付); D3 is of a customer who is nobody's."""
    member = known("090-1234-5678", email="hanako@example.jp", name="佐藤 花子")
    rows = stored(
        cart,
        customer(1, "090-1234-5678", "hanako@example.jp"),
        replace(customer(2, "080-2222-3333", "other@example.jp"), name="別 人"),
    )
    link_members(cart, [(member.pk, rows[0].pk)], matched_by="phone")
    given = [
        order(1, "1", 1, "sold", TEA),
        order(2, "1", 2, "pending", JELLY),
        order(3, "2", 3, "sold", TEA, JELLY),
    ]
    store_rows(cart, Resource.ORDERS, given)
    return member


def shown(client: Client, address: str = LIST) -> list[str]:
    return [row.number for row in client.get(address).context["page"].rows]


def search(client: Client, text: str) -> list[str]:
    answer = client.post(LIST, {"q": text})
    assert answer.status_code == 302
    assert text not in answer.headers["Location"]
    return shown(client, answer.headers["Location"])


def test_newest_first_with_member_lines_and_state(vic: Client, hanako: Member) -> None:
    assert shown(vic) == ["D3", "D2", "D1"]
    page = vic.get(LIST).content.decode()
    assert f"/members/{hanako.public_id}/" in page
    assert [text in page for text in ("めぐり茶", "×2", "売上完了", "連携なし")] == [
        True
    ] * 4


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("D2", ["D2"]),
        ("hanako@example.jp", ["D2", "D1"]),
        ("HANAKO@example.jp", ["D2", "D1"]),
        ("０９０-1234-5678", ["D2", "D1"]),
        ("佐藤", ["D2", "D1"]),
        ("080-2222-3333", ["D3"]),
        ("D9", []),
    ],
)
def test_searches_number_email_phone_and_name(
    vic: Client, hanako: Member, text: str, found: list[str]
) -> None:
    assert search(vic, text) == found


def test_each_filter(vic: Client, hanako: Member, cart: Cart) -> None:
    tea = Product.objects.get(external_id="TE-1")
    assert shown(vic, f"{LIST}?product={tea.pk}") == ["D3", "D1"]
    assert shown(vic, f"{LIST}?state=pending") == ["D2"]
    assert shown(vic, f"{LIST}?ordered_from=2026-11-02&ordered_until=2026-11-02") == [
        "D2"
    ]
    assert shown(vic, f"{LIST}?cart={cart.public_id}&state=sold") == ["D3", "D1"]
    assert shown(vic, f"{LIST}?state=nonsense") == []


def test_by_what_the_member_is(
    vic: Client, hanako: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = get_or_create_tag("VIP")
    tag_members(tag, Member.objects.filter(pk=hanako.pk), TagBatch.Source.LINK)
    for few in (20_000, 0):  # looked up one by one, and walked newest first
        monkeypatch.setattr("cartsync.orders.select.FEW_MEMBERS", few)
        assert shown(vic, f"{LIST}?tag={tag.public_id}") == ["D2", "D1"]
    mine = vic.get(LIST).wsgi_request.user
    leaf = {"field": "buy_times", "op": "at_least", "value": 1}
    segment = Segment.objects.create(
        name="購入した人", owner=mine, condition={"all": [leaf]}
    )
    assert shown(vic, f"{LIST}?segment={segment.public_id}") == ["D2", "D1"]


def test_the_member_list_leads_to_the_orders_of_its_members(
    vic: Client, hanako: Member
) -> None:
    """Any condition, not only a saved one."""
    leaf = {"field": "buy_times", "op": "at_least", "value": 1}
    for condition, orders in (
        ({"all": [leaf]}, ["D2", "D1"]),
        ({"all": [{"not": leaf}]}, []),
    ):
        query = QueryDict(mutable=True)
        query["c"] = encode_condition(condition)
        page = vic.get(f"/t/sakura/members/?{query.urlencode()}").content.decode()
        (link,) = re.findall(r'href="(/t/sakura/carts/orders/\?c=[^"]*)"', page)
        assert shown(vic, link) == orders
        counted = vic.get(link.replace("?", "count/?")).content.decode()
        assert f"{len(orders)}件" in counted
        found = build_query_q(link.partition("?")[2])
        assert CartOrder.objects.filter(found).count() == len(orders)
    chips = vic.get(f"{LIST}?{query.urlencode()}").context["filters"].chips
    assert [str(chip.label) for chip in chips] == ["会員の条件"]
    assert "購入回数" in chips[0].value
    broken = vic.get(f"{LIST}?c=nonsense")
    assert list(broken.context["page"].rows) == []
    assert not CartOrder.objects.filter(build_query_q("c=nonsense")).exists()


def test_the_count_comes_after_the_page(vic: Client, hanako: Member) -> None:
    assert "3件" in vic.get(f"{LIST}count/").content.decode()
    assert "1件" in vic.get(f"{LIST}count/?state=pending").content.decode()


def test_the_count_without_scripts(vic: Client, hanako: Member) -> None:
    page = vic.get(f"{LIST}?state=pending").content.decode()
    assert 'href="?state=pending&amp;counted=1"' in page
    counted = vic.get(f"{LIST}?state=pending&counted=1").content.decode()
    assert re.search(r'role="status">\s*1件', counted)


def test_the_file_holds_what_the_list_shows(aiko: Client, hanako: Member) -> None:
    form = {
        "confirm": "1",
        "format": "csv",
        "reason": "発送代行会社へ渡す名簿のため",
        "password": "Aa1!Bb2@Cc3#",
        "own_password": PASSWORD,
    }
    assert (
        aiko.post(f"{LIST}export/?state=sold", form | {"reason": "短い"}).status_code
        == 422
    )
    answer = aiko.post(f"{LIST}export/?state=sold", form)
    assert answer.status_code == 302
    job = Job.objects.get(kind="cartsync.orders_export")
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["rows"]) == (Job.State.DONE, 2)
    with default_storage.open(get_order_file_path(job)) as file:
        packed = pyzipper.AESZipFile(io.BytesIO(file.read()))
    packed.setpassword(form["password"].encode())
    text = packed.read(packed.namelist()[0]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [
        (row["注文番号"], row["商品"], row["決済状況"], row["注文日時"], row["氏名"])
        for row in rows
    ] == [
        ("D3", "めぐり茶×2、ゼリー", "売上完了", "2026-11-03 09:30", "別 人"),
        ("D1", "めぐり茶×2", "売上完了", "2026-11-01 09:30", "佐藤 花子"),
    ]
    assert rows[0]["キャンペーン"] == "'=1+1"
    entry = AuditEntry.objects.get(action="orders.exported")
    assert (entry.data["count"], entry.data["query"]) == (2, "state=sold")


def test_who_may_not_export_gets_no_file(vic: Client, hanako: Member) -> None:
    assert vic.get(f"{LIST}export/").status_code == 403


def test_a_page_asks_as_much_for_three_as_for_thirty(
    vic: Client, hanako: Member, cart: Cart, django_assert_max_num_queries: object
) -> None:
    many = [order(n, "1", 5, "sold", TEA) for n in range(10, 40)]
    store_rows(cart, Resource.ORDERS, many)
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        assert len(shown(vic)) == 33
    assert CartOrder.objects.count() == 33
