"""A cart whose data come as files: accepted, loaded in parts, linked; what is wrong is told by its number."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cartsync.connectors.base import Resource
from cartsync.connectors.files import FilesSettings
from cartsync.files import load
from cartsync.files.load import KIND
from cartsync.files.rows import find_last_group, parse_records
from cartsync.matching.match import match_members
from cartsync.models import Cart, CartOrderLine, Link
from jobs.models import Job
from jobs.runner import JobFailed, run_job
from members.models import Member
from messaging.models import Enrollment, LineAccount, Trigger
from tenants.models import Wakeup
from tests.cartsync.conftest import known
from tests.messaging.conftest import make_scenario

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, tzinfo=UTC)
CUSTOMERS = "external_id = 顧客ID\nname = 姓 + 名\nemail = メール\nphone = 電話"
ORDERS = (
    "external_id = 受注番号\ncustomer_id = 顧客ID\nnumber = 受注番号\nstate = 入金\ntotal = 合計\n"
    "ordered_at = 日時\nproduct = 商品\nsku = 品番"
)
PEOPLE = (
    "顧客ID,姓,名,メール,電話\r\n1,佐藤,花子,hana@example.jp,090-1111-0001\r\n"
    "2,鈴木,健,ken@example.jp,090-1111-0002\r\n,名無し,,x@example.jp,\r\n"
)


@pytest.fixture
def shop(sakura: object) -> Cart:
    return Cart.objects.create(
        name="紙のカート",
        kind="files",
        match_key="email",
        settings={"customers_fields": CUSTOMERS, "orders_fields": ORDERS},
    )


def upload(
    client: Client,
    cart: Cart,
    text: str,
    resource: str = "customers",
    encoding: str = "utf-8",
) -> Any:
    file = SimpleUploadedFile("file.csv", text.encode(encoding), "text/csv")
    url = f"/t/sakura/carts/{cart.public_id}/files/"
    return client.post(url, {"resource": resource, "file": file}, follow=True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_customers_are_stored_and_can_be_linked(
    ed: Client, shop: Cart, encoding: str
) -> None:
    member = known("", "hana@example.jp")
    upload(ed, shop, PEOPLE, encoding=encoding)
    rows = shop.customers.order_by("external_id")
    assert [
        (row.external_id, row.name, row.email_key, row.phone_e164) for row in rows
    ] == [
        ("1", "佐藤 花子", "hana@example.jp", "+819011110001"),
        ("2", "鈴木 健", "ken@example.jp", "+819011110002"),
    ]
    job = Job.objects.get(kind=KIND)
    assert job.state == Job.State.DONE
    assert (job.result["stored"], job.result["wrong"], job.result["rows"]) == (
        2,
        1,
        [4],
    )
    assert (
        "1行は、必要な列が空か日付を読み取れないため" in load.describe_outcome(job)[1]
    )
    assert Wakeup.objects.filter(kind="cartsync.poll", subject=shop.pk).exists()
    match_members(shop)
    assert Link.objects.get().member_id == member.pk


def test_the_file_is_gone_once_it_is_loaded(
    ed: Client, shop: Cart, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        upload(ed, shop, PEOPLE)
    job = Job.objects.get(kind=KIND)
    assert not default_storage.exists(job.params["path"])
    assert set(job.params) == {"cart", "resource", "path", "delimiter", "at"}


def test_a_later_file_changes_and_the_same_file_does_not(
    ed: Client, shop: Cart
) -> None:
    upload(ed, shop, PEOPLE)
    upload(ed, shop, PEOPLE.replace("hana@example.jp", "new@example.jp"))
    assert shop.customers.get(external_id="1").email == "new@example.jp"
    assert shop.customers.count() == 2


def test_rows_of_one_order_are_its_lines(ed: Client, shop: Cart) -> None:
    upload(ed, shop, PEOPLE)
    text = (
        "受注番号\t顧客ID\t入金\t合計\t日時\t商品\t品番\n"
        "A1\t1\t入金済み\t¥3,300\t2026/1/5 9:30\t石けん\tS-1\n"
        "A1\t1\t入金済み\t¥3,300\t2026/1/5 9:30\tクリーム\tC-1\n"
        "A2\t2\tキャンセル\t500円\t2026年2月1日\t石けん\tS-1\n"
    )
    upload(ed, shop, text, "orders")
    found = [
        (row.number, row.state, row.total) for row in shop.orders.order_by("number")
    ]
    assert found == [("A1", "sold", 3300), ("A2", "cancelled", 500)]
    first = shop.orders.get(number="A1")
    assert first.ordered_at == datetime(2026, 1, 5, 0, 30, tzinfo=UTC)
    assert [
        line.product.external_id
        for line in CartOrderLine.objects.filter(order=first).order_by("position")
    ] == [
        "S-1",
        "C-1",
    ]
    assert shop.customers.get(external_id="1").buy_times == 1


def test_parts_never_tear_an_order(
    ed: Client, shop: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "BATCH", 3)
    lines = "".join(
        f"B{order},1,入金済み,100,2026-01-05,品{line},P{line}\n"
        for order in range(4)
        for line in range(2)
    )
    upload(ed, shop, "受注番号,顧客ID,入金,合計,日時,商品,品番\n" + lines, "orders")
    counts = [row.lines.count() for row in shop.orders.order_by("number")]
    assert counts == [2, 2, 2, 2]
    assert Job.objects.get(kind=KIND).done == 8


def test_a_killed_load_goes_on_where_it_was(
    ed: Client, shop: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "BATCH", 2)
    monkeypatch.setattr("jobs.runner.AT_ONCE", 0)
    people = "".join(f"{n},佐藤,花{n},p{n}@example.jp,\n" for n in range(5))
    upload(ed, shop, "顧客ID,姓,名,メール,電話\n" + people)
    job = Job.objects.get(kind=KIND)
    assert (job.state, shop.customers.count()) == (Job.State.WAITING, 0)
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, shop.customers.count()) == (Job.State.DONE, 5, 5)


def test_a_column_that_is_missing_is_named(ed: Client, shop: Cart) -> None:
    page = upload(ed, shop, "顧客ID,姓,名\n1,佐藤,花子\n")
    assert page.status_code == 422
    assert "列「メール、電話」がファイルにありません" in page.content.decode()
    assert not Job.objects.exists()


def test_what_is_no_text_is_refused(ed: Client, shop: Cart) -> None:
    file = SimpleUploadedFile("x.csv", b"\x89PNG\0\0", "text/csv")
    page = ed.post(
        f"/t/sakura/carts/{shop.public_id}/files/",
        {"resource": "customers", "file": file},
    )
    assert page.status_code == 422
    assert not Job.objects.exists()


def test_who_may_only_look_cannot_upload(vic: Client, shop: Cart) -> None:
    assert upload(vic, shop, PEOPLE).status_code == 403
    assert (
        "ファイルの取り込み"
        not in vic.get(f"/t/sakura/carts/{shop.public_id}/").content.decode()
    )


def test_a_cart_with_an_api_takes_no_files(ed: Client, cart: Cart) -> None:
    answer = upload(ed, cart, PEOPLE)
    there = f"/t/sakura/carts/{cart.public_id}/"
    assert answer.redirect_chain == [(there, 302)]
    assert Job.objects.count() == 0


def test_it_is_set_up_on_screen(aiko: Client, sakura: object) -> None:
    page = aiko.get("/t/sakura/carts/new/?kind=files").content.decode()
    assert 'name="check"' not in page
    values = {
        "name": "紙のカート", "frequency": "60", "match_key": "email", "customers_fields": CUSTOMERS,
        "orders_fields": "", "subscriptions_fields": "",
    }  # fmt: skip
    aiko.post("/t/sakura/carts/new/?kind=files", values)
    cart = Cart.objects.get()
    shown = aiko.get(f"/t/sakura/carts/{cart.public_id}/")
    assert [
        key for key, _label in shown.context["file_form"].fields["resource"].choices
    ] == ["customers"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("nothing = x", "項目「nothing」はありません"),
        ("name = 氏名", "項目「external_id」が指定されていません"),
    ],
)
def test_a_mapping_that_cannot_work_is_wrong(text: str, part: str) -> None:
    form = FilesSettings({"customers_fields": text})
    assert part in str(form.errors["customers_fields"])


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1,200", 1200),
        ("¥1,200", 1200),
        ("１２００円", 1200),
        ("980.0", 980),
        ("", 0),
        ("なし", 0),
    ],
)
def test_amounts(written: str, number: int) -> None:
    mapping = {
        "external_id": "id",
        "customer_id": "id",
        "total": "t",
        "ordered_at": "at",
    }
    (row,), _wrong = parse_records(
        Resource.ORDERS,
        ["id", "t", "at"],
        [["1", written, "2026/1/5"]],
        mapping,
        NOW,
    )
    assert row.total == number


@pytest.mark.parametrize("written", ["2026/13/1", "きのう", "26/1/5", ""])
def test_a_time_that_cannot_be_read_leaves_the_row_out(written: str) -> None:
    mapping = {"external_id": "id", "customer_id": "id", "ordered_at": "t"}
    assert parse_records(
        Resource.ORDERS, ["id", "t"], [["1", written]], mapping, NOW
    ) == ([], [0])


def test_where_the_last_order_begins() -> None:
    rows = [["a"], ["b"], ["b"]]
    assert find_last_group(Resource.ORDERS, ["id"], rows, "id") == 1
    assert find_last_group(Resource.CUSTOMERS, ["id"], rows, "id") == 3
    assert find_last_group(Resource.ORDERS, ["id"], [["b"], ["b"]], "id") == 0


def test_a_poll_of_such_a_cart_reads_nothing_and_links(
    shop: Cart, sakura: object
) -> None:
    from cartsync.connectors.base import Window
    from cartsync.connectors.kinds import build_connector

    page = build_connector(shop).read(Resource.CUSTOMERS, Window(None, NOW), "")
    assert (page.rows, page.next_cursor, page.complete) == ((), "", True)
    assert Member.objects.count() == 0


def test_orders_need_the_column_of_their_time() -> None:
    form = FilesSettings(
        {"orders_fields": "external_id = 受注番号\ncustomer_id = 顧客ID"}
    )
    assert "項目「ordered_at」が指定されていません" in str(form.errors["orders_fields"])


def test_the_first_file_of_subscriptions_is_no_news(
    ed: Client, shop: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "BATCH", 1)
    shop.settings["subscriptions_fields"] = (
        "external_id = 定期番号\ncustomer_id = 顧客ID\nstate = 状態"
    )
    shop.read_until = NOW
    shop.save()
    account = LineAccount.objects.create(
        name="さくら", channel_id="1", channel_secret="s", access_token="t"
    )
    scenario = make_scenario(account)
    Trigger.objects.create(scenario=scenario, kind="subscription_started")
    upload(ed, shop, PEOPLE)
    members = [known("", f"{name}@example.jp") for name in ("hana", "ken")]
    match_members(shop)
    text = "定期番号,顧客ID,状態\nT1,1,active\nT2,2,active\n"
    upload(ed, shop, text, "subscriptions")
    states = shop.subscriptions.values_list("external_id", "state")
    assert sorted(states) == [("T1", "active"), ("T2", "active")]
    assert Enrollment.objects.count() == 0
    upload(ed, shop, text + "T3,2,active\n", "subscriptions")
    assert Enrollment.objects.get().member_id == members[1].pk


def test_a_first_file_of_subscriptions_that_failed_is_no_news_either(
    ed: Client, shop: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "BATCH", 1)
    shop.settings["subscriptions_fields"] = (
        "external_id = 定期番号\ncustomer_id = 顧客ID\nstate = 状態"
    )
    shop.save()
    told: list[bool] = []
    keep_rows = load.store_rows

    def note(cart: Cart, resource: Resource, rows: Any, *, is_news: bool) -> int:
        told.append(is_news)
        if told == [False, False]:
            raise JobFailed("ファイルが残っていません。")
        return keep_rows(cart, resource, rows, is_news=is_news)

    monkeypatch.setattr(load, "store_rows", note)
    text = "定期番号,顧客ID,状態\nT1,1,active\nT2,2,active\n"
    upload(ed, shop, text, "subscriptions")
    assert (Job.objects.get().state, shop.subscriptions.count()) == ("failed", 1)
    upload(ed, shop, text, "subscriptions")
    assert (set(told), shop.subscriptions.count()) == ({False}, 2)
    upload(ed, shop, text, "subscriptions")
    assert told[-1] is True


def read_orders(total: str, day: str) -> list[Any]:
    mapping = {
        "external_id": "番号",
        "customer_id": "顧客",
        "total": "合計",
        "ordered_at": "日時",
    }
    header, record = ["番号", "顧客", "合計", "日時"], ["A1", "1", total, day]
    rows, wrong = parse_records(Resource.ORDERS, header, [record], mapping, NOW)
    return [(row.total, row.ordered_at) for row in rows] + wrong


@pytest.mark.parametrize(
    ("total", "amount"),
    [
        ("¥1,200", 1200), ("１２００円", 1200), ("-1,200円", -1200), ("△1,200", -1200), ("(300)", -300),
        ("1,200円(税込)", 1200),
        ("計1,200円", 1200), ("12.9", 12), ("", 0), ("#N/A", 0),
    ],
)  # fmt: skip
def test_amounts_of_orders(total: str, amount: int) -> None:
    assert read_orders(total, "2026/1/5") == [
        (amount, datetime(2026, 1, 4, 15, tzinfo=UTC))
    ]


def test_fewer_times_than_none_are_none() -> None:
    mapping = {"external_id": "番号", "customer_id": "顧客", "times": "回数"}
    rows, wrong = parse_records(
        Resource.SUBSCRIPTIONS,
        ["番号", "顧客", "回数"],
        [["T1", "1", "-1"]],
        mapping,
        NOW,
    )
    assert ([row.times for row in rows], wrong) == ([0], [])


def test_the_first_day_of_all_is_no_day() -> None:
    mapping = {
        "external_id": "番号",
        "customer_id": "顧客",
        "ordered_at": "日時",
        "shipped_at": "出荷",
    }
    header, record = (
        list(mapping.values()),
        ["A1", "1", "2026/1/5", "0001/01/01 0:00:00"],
    )
    rows, wrong = parse_records(Resource.ORDERS, header, [record], mapping, NOW)
    assert ([row.shipped_at for row in rows], wrong) == ([None], [])


@pytest.mark.parametrize("total", ["1.200,50", "1,2,3", "-1,200円(税込)", "1-2"])
def test_what_is_no_amount_is_a_wrong_row(total: str) -> None:
    assert read_orders(total, "2026/1/5") == [0]


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        ("2026-01-05T15:00:00Z", datetime(2026, 1, 5, 15, tzinfo=UTC)),
        ("令和8年1月5日", datetime(2026, 1, 4, 15, tzinfo=UTC)),
        ("2026/1/5(月) 午後3:30", datetime(2026, 1, 5, 6, 30, tzinfo=UTC)),
    ],
)
def test_times(day: str, moment: datetime) -> None:
    assert read_orders("1", day) == [(1, moment)]


@pytest.mark.parametrize("day", ["2026/4/19999", "2026/13/1", "", "0000-00-00"])
def test_what_is_no_time_is_a_wrong_row(day: str) -> None:
    assert read_orders("1", day) == [0]


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\n受注番号;顧客ID;入金;合計;日時;商品;品番\nA1;1;入金済み;100;2026/1/5;石けん;S-1\n",
        "受注番号;顧客ID;入金;合計;日時;商品;品番\nA1;1;入金済み;100;2026/1/5;石けん;S-1\n",
        "受注一覧,作成日 2026/1/6\n\n受注番号,顧客ID,入金,合計,日時,商品,品番\nA1,1,入金済み,100,2026/1/5,石けん,S-1\n",
        "受注番号,顧客ID,入金,合計,日時,商品,品番\rA1,1,入金済み,100,2026/1/5,石けん,S-1\n",
    ],
    ids=["sep", "semicolon", "title", "returns"],
)
def test_files_as_spreadsheets_write_them(ed: Client, shop: Cart, text: str) -> None:
    upload(ed, shop, text, "orders")
    assert [(row.number, row.total) for row in shop.orders.all()] == [("A1", 100)]


def test_a_wrong_row_below_a_title_is_told_by_its_number(
    ed: Client, shop: Cart
) -> None:
    upload(ed, shop, "顧客の一覧\n" + PEOPLE)
    assert Job.objects.get(kind=KIND).result["rows"] == [5]


def test_a_quote_that_is_never_closed_is_told_with_its_row(
    ed: Client, shop: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "BATCH", 2)
    rows = "".join(f"{n},佐藤,花子,h{n}@example.jp,\n" for n in range(3, 30))
    upload(ed, shop, PEOPLE + rows + '99,"佐藤,花子,x@example.jp,\n')
    job = Job.objects.get(kind=KIND)
    assert (job.state, job.failures) == ("failed", 0)
    assert "引用符" in job.note and "32行目" in job.note
