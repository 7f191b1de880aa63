import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members import attributes, attributing
from members.models import Attribute, AttributeValue, Member, Segment
from tenants.models import AuditEntry, Tenant
from tests.conftest import Cast

PAGE = "/t/sakura/members/attributes/"
SYSTEM = ["氏名", "メールアドレス", "電話番号", "生年月日"]


def made(name: str, kind: str = "text", choices: tuple[str, ...] = (), in_list: bool = False) -> Attribute:
    return attributes.make_attribute(name, kind, choices, in_list, True)


def labels(client: Client) -> list[str]:
    return [row.label for row in client.get(PAGE).context["attributes"]]


def archived(attribute: Attribute) -> Attribute:
    attributes.archive_attribute(attribute)
    return attribute


def test_the_system_items_are_there_from_the_start(sakura: Tenant, vic: Client) -> None:
    assert labels(vic) == SYSTEM
    assert Attribute.objects.count() == 0
    html = vic.get(PAGE).content.decode()
    assert "非表示と保管の違い" in html and "項目を作成" not in html


def test_the_same_queries_for_one_and_three_rows(sakura: Tenant, aiko: Client) -> None:
    counts = []
    for names in ("a", "bc"):
        for name in names:
            made(name)
        with CaptureQueriesContext(connection) as queries:
            aiko.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_make(sakura: Tenant, ed: Client) -> None:
    data = {"name": "　肌質 ", "kind": "choice", "choices": "乾燥肌\n\n 脂性肌 ", "in_list": "on"}
    assert ed.post(f"{PAGE}new/", data).headers["Location"] == PAGE
    row = Attribute.objects.get(system="")
    assert (row.name, row.kind, row.choices) == ("肌質", "choice", ["乾燥肌", "脂性肌"])
    assert (row.in_list, row.in_detail) == (True, False)
    assert labels(ed) == [*SYSTEM, "肌質"]
    assert AuditEntry.objects.latest("pk").action == "attribute.made"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": "ﾒﾓ", "kind": "text"}, "同じ名前の項目があります"),
        ({"name": "生年月日", "kind": "date"}, "同じ名前の項目"),
        ({"name": "​", "kind": "text"}, "入力し"),
        ({"name": "色", "kind": "choice"}, "選択肢が入力されていません"),
        ({"name": "色", "kind": "choice", "choices": "A\nａ"}, "同じ選択肢が2つ"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(sakura: Tenant, ed: Client, data: dict[str, str], words: str) -> None:
    made("メモ")
    answer = ed.post(f"{PAGE}new/", data)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert Attribute.objects.filter(system="").count() == 1


def test_order_by_buttons_and_by_dragging(sakura: Tenant, ed: Client) -> None:
    one, two = made("一"), made("二")
    keys = [row.public_id for row in attributes.in_order()]
    ed.post(f"{PAGE}order/", {"order": keys, "move": f"up:{two.public_id}"})
    assert labels(ed) == [*SYSTEM, "二", "一"]
    ed.post(f"{PAGE}order/", {"order": [one.public_id, *keys[:4]]})
    assert labels(ed) == ["一", *SYSTEM, "二"]


def test_the_first_change_stores_the_system_items(sakura: Tenant, ed: Client) -> None:
    ed.post(f"{PAGE}order/", {"order": ["birthday", "name", "email", "phone"]})
    assert labels(ed) == ["生年月日", "氏名", "メールアドレス", "電話番号"]
    ed.post(f"{PAGE}birthday/show/", {"show": "in_list:1"})
    assert [row.label for row in attributes.listed()] == ["生年月日"]


def test_shown_and_hidden(sakura: Tenant, ed: Client) -> None:
    row = made("肌質")
    path = f"{PAGE}{row.public_id}/show/"
    for show, expected in (("in_list:1", (True, True)), ("in_detail:0", (True, False)), ("name:1", (True, False))):
        ed.post(path, {"show": show})
        row.refresh_from_db()
        assert (row.in_list, row.in_detail) == expected


def test_a_kind_stays_while_there_are_values(sakura: Tenant, ed: Client) -> None:
    Member.objects.create()
    row = made("点")
    attributing.set_value(row, Member.objects.all(), "x")
    answer = ed.post(f"{PAGE}{row.public_id}/", {"name": "点数", "kind": "number"})
    assert answer.status_code == 422 and "会員1名に値が入っているため、種類は変えられません" in answer.content.decode()
    attributing.set_value(row, Member.objects.all(), "")
    assert ed.post(f"{PAGE}{row.public_id}/", {"name": "点数", "kind": "number"}).headers["Location"] == PAGE
    row.refresh_from_db()
    assert (row.name, row.kind) == ("点数", "number")


def test_a_choice_stays_while_somebody_has_it(sakura: Tenant, ed: Client) -> None:
    Member.objects.create()
    row = made("色", "choice", ("赤", "青"))
    attributing.set_value(row, Member.objects.all(), "赤")
    data = {"name": "色", "kind": "choice", "choices": "青"}
    answer = ed.post(f"{PAGE}{row.public_id}/", data)
    assert answer.status_code == 422 and "選択肢「赤」は会員に入っている" in answer.content.decode()
    assert ed.post(f"{PAGE}{row.public_id}/", data | {"choices": "赤\n緑"}).status_code == 302


def test_archiving_says_where_it_is_used(sakura: Tenant, ed: Client, cast: Cast) -> None:
    row = made("肌質", in_list=True)
    leaf = {"field": f"attr:{row.public_id}", "op": "filled", "value": True}
    Segment.objects.create(name="肌質あり", owner=cast.ed, condition={"all": [{"any": [leaf]}]})
    assert "肌質あり" in ed.get(f"{PAGE}{row.public_id}/archive/").content.decode()
    ed.post(f"{PAGE}{row.public_id}/archive/")
    answer = ed.get(PAGE)
    assert [each.label for each in answer.context["archived"]] == ["肌質"]
    assert (attributes.listed(), attributes.detailed()) == ([], [])
    ed.post(f"{PAGE}{row.public_id}/restore/")
    assert attributes.listed() == [row]


def test_values_survive_the_archive(sakura: Tenant, ed: Client) -> None:
    Member.objects.create()
    row = made("肌質")
    attributing.set_value(row, Member.objects.all(), "x")
    ed.post(f"{PAGE}{row.public_id}/archive/")
    ed.post(f"{PAGE}{row.public_id}/restore/")
    assert AttributeValue.objects.get().text == "x"


def test_system_items_are_archived_but_never_deleted(sakura: Tenant, ed: Client) -> None:
    ed.post(f"{PAGE}birthday/archive/")
    assert attributes.hidden_from_detail() == {"birthday"}
    ed.post(f"{PAGE}birthday/delete/", {"expected": 0})
    assert Attribute.objects.filter(system="birthday").count() == 1
    ed.post(f"{PAGE}email/archive/")
    assert "カート連携の照合に使うため、保管できません" in ed.get(PAGE).content.decode()
    assert labels(ed) == ["氏名", "メールアドレス", "電話番号"]


def test_only_archived_items_are_deleted(sakura: Tenant, ed: Client) -> None:
    Member.objects.create()
    row = made("肌質")
    attributing.set_value(row, Member.objects.all(), "x")
    path = f"{PAGE}{row.public_id}/delete/"
    ed.post(path, {"expected": 1})
    assert "先に保管してください" in ed.get(PAGE).content.decode()
    attributes.archive_attribute(row)
    assert "会員1名の値も消えます" in ed.get(path).content.decode()
    assert ed.post(path, {"expected": 0}).status_code == 422
    assert ed.post(path, {"expected": 1}).headers["Location"] == PAGE
    assert (Attribute.objects.filter(system="").count(), AttributeValue.objects.count()) == (0, 0)


def test_on_the_members_page(sakura: Tenant, ed: Client, vic: Client) -> None:
    member = Member.objects.create(name="花子")
    shown, hidden = made("肌質"), made("内緒")
    attributes.show_attribute(hidden, in_detail=False)
    attributing.set_value(shown, Member.objects.all(), "乾燥肌")
    path = f"/t/sakura/members/{member.public_id}/"
    html = ed.get(path).content.decode()
    assert re.search(r'cell-value ">乾燥肌</span><a class="cell-edit"', html) and "内緒" not in html
    assert "cell-edit" not in vic.get(path).content.decode()


def test_an_archived_birthday_is_shown_nowhere(sakura: Tenant, ed: Client) -> None:
    member = Member.objects.create(name="花子", birth_md=1122)
    path = f"/t/sakura/members/{member.public_id}/"
    assert "11/22" in ed.get(path).content.decode()
    ed.post(f"{PAGE}birthday/show/", {"show": "in_list:1"})
    ed.post(f"{PAGE}birthday/archive/")
    assert "11/22" not in ed.get(path).content.decode()
    assert "attr:birthday" not in ed.get("/t/sakura/members/").context["columns"]
