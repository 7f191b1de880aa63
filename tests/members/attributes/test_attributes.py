import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cartsync.models import Cart
from forms_builder.models import Field, Form
from members.attributes import definitions, values
from members.conditions.sentences import build_condition_chips
from members.conditions.sql import filter_members
from members.conditions.tree import DanglingCondition
from members.conditions.url import encode_condition
from members.identity.edit import edit_member
from members.imports.check.compare import list_mapped_attributes
from members.imports.read.columns import list_targets
from members.imports.read.settings import Settings
from members.models import (
    Attribute,
    AttributeValue,
    Member,
    MemberChange,
    MemberImport,
    Segment,
)
from members.normalize.birthdays import parse_birthday
from members.screens.builder.form import Builder
from members.screens.merge.forms import MergeForm
from members.screens.profile.forms import MemberForm, NewMemberForm
from members.usage import archive_attribute
from messaging.models import LineAccount
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import act_as
from tests.conftest import Cast

PAGE = "/t/sakura/members/attributes/"
SYSTEM = [
    "氏名",
    "メールアドレス",
    "電話番号",
    "生年月日",
    "フリガナ",
    "郵便番号",
    "住所",
    "性別",
]


def made(
    name: str, kind: str = "text", choices: tuple[str, ...] = (), in_list: bool = False
) -> Attribute:
    return definitions.make_attribute(name, kind, choices, in_list, True)


def labels(client: Client) -> list[str]:
    return [row.label for row in client.get(PAGE).context["attributes"]]


def archived(attribute: Attribute) -> Attribute:
    archive_attribute.archive_attribute(attribute)
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
    data = {
        "name": "　肌質 ",
        "kind": "choice",
        "choices": "乾燥肌\n\n 脂性肌 ",
        "in_list": "on",
    }
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
)
def test_what_is_wrong_is_said(
    sakura: Tenant, ed: Client, data: dict[str, str], words: str
) -> None:
    made("メモ")
    answer = ed.post(f"{PAGE}new/", data)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert Attribute.objects.filter(system="").count() == 1


def test_order_by_buttons_and_by_dragging(sakura: Tenant, ed: Client) -> None:
    one, two = made("一"), made("二")
    keys = [row.public_id for row in definitions.list_attributes()]
    ed.post(f"{PAGE}order/", {"order": keys, "move": f"up:{two.public_id}"})
    assert labels(ed) == [*SYSTEM, "二", "一"]
    ed.post(f"{PAGE}order/", {"order": [one.public_id, *keys[: len(SYSTEM)]]})
    assert labels(ed) == ["一", *SYSTEM, "二"]


def test_the_first_change_stores_the_system_items(sakura: Tenant, ed: Client) -> None:
    ed.post(f"{PAGE}order/", {"order": ["birthday", "name", "email", "phone"]})
    assert labels(ed) == ["生年月日", "氏名", "メールアドレス", "電話番号", *SYSTEM[4:]]
    ed.post(f"{PAGE}birthday/show/", {"show": "in_list:1"})
    assert [row.label for row in definitions.list_column_attributes()] == ["生年月日"]


def test_shown_and_hidden(sakura: Tenant, ed: Client) -> None:
    row = made("肌質")
    path = f"{PAGE}{row.public_id}/show/"
    for show, expected in (
        ("in_list:1", (True, True)),
        ("in_detail:0", (True, False)),
        ("name:1", (True, False)),
    ):
        ed.post(path, {"show": show})
        row.refresh_from_db()
        assert (row.in_list, row.in_detail) == expected


def test_a_kind_stays_while_there_are_values(sakura: Tenant, ed: Client) -> None:
    Member.objects.create()
    row = made("点")
    values.set_attribute_value(row, Member.objects.all(), "x")
    answer = ed.post(f"{PAGE}{row.public_id}/", {"name": "点数", "kind": "number"})
    assert (
        answer.status_code == 422
        and "会員1名に値が入っているため、種類は変えられません"
        in answer.content.decode()
    )
    values.set_attribute_value(row, Member.objects.all(), "")
    assert (
        ed.post(f"{PAGE}{row.public_id}/", {"name": "点数", "kind": "number"}).headers[
            "Location"
        ]
        == PAGE
    )
    row.refresh_from_db()
    assert (row.name, row.kind) == ("点数", "number")


def test_a_choice_stays_while_somebody_has_it(sakura: Tenant, ed: Client) -> None:
    Member.objects.create()
    row = made("色", "choice", ("赤", "青"))
    values.set_attribute_value(row, Member.objects.all(), "赤")
    data = {"name": "色", "kind": "choice", "choices": "青"}
    answer = ed.post(f"{PAGE}{row.public_id}/", data)
    assert (
        answer.status_code == 422
        and "選択肢「赤」は会員に入っている" in answer.content.decode()
    )
    assert (
        ed.post(f"{PAGE}{row.public_id}/", data | {"choices": "赤\n緑"}).status_code
        == 302
    )


def test_archiving_says_where_it_is_used(
    sakura: Tenant, ed: Client, cast: Cast
) -> None:
    row = made("肌質", in_list=True)
    leaf = {"field": f"attr:{row.public_id}", "op": "filled", "value": True}
    Segment.objects.create(
        name="肌質あり", owner=cast.ed, condition={"all": [{"any": [leaf]}]}
    )
    assert "肌質あり" in ed.get(f"{PAGE}{row.public_id}/archive/").content.decode()
    ed.post(f"{PAGE}{row.public_id}/archive/")
    answer = ed.get(PAGE)
    assert [each.label for each in answer.context["archived"]] == ["肌質"]
    assert (
        definitions.list_column_attributes(),
        row in definitions.list_detail_attributes(),
    ) == ([], False)
    ed.post(f"{PAGE}{row.public_id}/restore/")
    assert definitions.list_column_attributes() == [row]


def test_values_survive_the_archive(sakura: Tenant, ed: Client) -> None:
    Member.objects.create()
    row = made("肌質")
    values.set_attribute_value(row, Member.objects.all(), "x")
    ed.post(f"{PAGE}{row.public_id}/archive/")
    ed.post(f"{PAGE}{row.public_id}/restore/")
    assert AttributeValue.objects.get().text == "x"


def test_system_items_are_archived_but_never_deleted(
    sakura: Tenant, ed: Client
) -> None:
    for key in ("birthday", "kana"):
        ed.post(f"{PAGE}{key}/archive/")
        ed.post(f"{PAGE}{key}/delete/", {"expected": 0})
        assert Attribute.objects.filter(system=key).count() == 1
    assert definitions.get_hidden_system_keys() == {"birthday", "kana"}
    ed.post(f"{PAGE}name/archive/")
    assert labels(ed) == ["メールアドレス", "電話番号", "郵便番号", "住所", "性別"]


def needed(client: Client, key: str, *urls: str) -> list[tuple[str, str]]:
    """By what an item is still needed, as its page says when it is archived all the same, with links to ``urls``."""
    answer = client.post(f"{PAGE}{key}/archive/")
    assert (
        answer.status_code,
        Attribute.objects.filter(system=key).exclude(archived_at=None).count(),
    ) == (422, 0)
    assert [url for url in urls if f'href="{url}"' not in answer.content.decode()] == []
    return [(str(use.kind), str(use.name)) for use in answer.context["blockers"]]


def test_what_still_needs_a_contact_is_named(sakura: Tenant, ed: Client) -> None:
    cart = Cart.objects.create(
        kind="ecforce",
        settings={"base_url": "http://127.0.0.1:9", "token": "t"},
        name="本店",
        match_key="phone",
    )
    account = LineAccount.objects.create(
        name="公式", channel_id="1", channel_secret="s"
    )
    form = Form.objects.create(name="ご本人確認", account=account, title="t")
    for position, kind in enumerate(("name", "phone")):
        Field.objects.create(form=form, position=position, kind=kind, label=kind)
    urls = (
        f"/t/sakura/carts/{cart.public_id}/settings/",
        f"/t/sakura/contents/liff/{form.public_id}/",
    )
    assert needed(ed, "phone", *urls) == [
        ("受付中のフォームの質問", "ご本人確認"),
        ("カート連携の照合に使う項目", "本店"),
    ]
    assert [use.name for use in ed.get(f"{PAGE}name/archive/").context["uses"]] == [
        "ご本人確認"
    ]
    Cart.objects.update(match_key="email")
    Form.objects.update(is_open=False)
    assert ed.post(f"{PAGE}phone/archive/").status_code == 302
    Cart.objects.all().delete()
    assert needed(ed, "email", PAGE) == [
        ("会員を知る手がかり", "電話番号はすでに保管しています。先に復元してください。")
    ]
    ed.post(f"{PAGE}phone/restore/")
    assert ed.post(f"{PAGE}email/archive/").status_code == 302


PERSON = {
    "name": "山田 花子",
    "email": "hanako@example.jp",
    "phone": "090-1234-5678",
    "birthday": "1985/11/02",
}


def test_what_is_archived_is_collected_and_shown_nowhere(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    ed.post("/t/sakura/members/new/", {**PERSON, "note": ""})
    member = Member.objects.get()
    other = Member.objects.create(line_name="花", birth_md=1103)
    item = made("肌質", in_list=True)
    values.set_attribute_value(item, Member.objects.all(), "乾燥肌")
    with act_as(cast.ed):
        edit_member(member, {}, parse_birthday("1985/11/03"), cast.ed)
    MemberImport.objects.create(
        name="前の.csv", settings={"mapping": {"値": f"attribute:{item.pk}"}}
    )
    keys = ("phone", "birthday", "name", item.public_id)
    detail = f"/t/sakura/members/{member.public_id}/"
    pages = (
        "/t/sakura/members/",
        detail,
        f"{detail}?tab=changes",
        f"{detail}?tab=answers",
    )
    words = ("090-1234-5678", "1985/11/0", "11/03", "乾燥肌")
    before = [ed.get(page).content.decode() for page in pages]
    for key in keys:
        assert ed.post(f"{PAGE}{key}/archive/").status_code == 302
    assert definitions.get_archived_keys() == set(keys)
    for page in pages:
        html = ed.get(page).content.decode()
        assert [word for word in words if word in html] == [], page
    rows = ed.get("/t/sakura/members/").content.decode()
    assert set(re.findall(r"(山田 花子|（名前なし）|\b花)\s*</a>", rows)) == {
        "（名前なし）",
        "花",
    }
    assert list(MemberForm(member=member).fields) == ["email", "sure_of", "version"]
    assert not {"name", "phone", "birthday"} & set(NewMemberForm().fields)
    assert not {
        "name",
        "family",
        "given",
        "phone",
        "birthday",
        f"attribute:{item.pk}",
    } & set(list_targets())
    mapping = Settings.of(MemberImport.objects.get())
    assert list_mapped_attributes(mapping) == []
    offered = {
        field.name
        for _group, fields in Builder.of(None).field_groups
        for field in fields
    }
    assert (
        not {"name", "phone", "birthday", f"attr:{item.public_id}"} & offered
        and "email" in offered
    )
    for field in ("name", "phone", "birthday"):
        with pytest.raises(DanglingCondition):
            filter_members(
                Member.objects.all(), {"field": field, "op": "filled", "value": True}
            )
    merge, merge_into = MergeForm(members=[member, other]), member.pk
    assert [row.key for row in merge.rows] == ["email", "line"]
    assert {key: merge.unseen[key] for key in ("birthday", "name")} == dict.fromkeys(
        ("birthday", "name"), merge_into
    )
    ed.post(
        f"{detail}edit/",
        {"email": "neu@example.jp", "name": "X", "birthday": "", "version": ""},
    )
    member.refresh_from_db()
    assert (member.email, member.name, member.birth_md) == (
        "neu@example.jp",
        "山田 花子",
        1103,
    )
    for key in keys:
        ed.post(f"{PAGE}{key}/restore/")
    assert [[w for w in words if w in ed.get(p).content.decode()] for p in pages] == [
        [w for w in words if w in html] for html in before
    ]


def test_a_saved_condition_on_an_archived_birthday_is_a_use_and_finds_nobody(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    leaf = {"field": "birthday", "op": "md", "value": {"days": 0}}
    Segment.objects.create(name="誕生日", owner=cast.ed, condition=leaf)
    assert [use.name for use in ed.get(f"{PAGE}birthday/archive/").context["uses"]] == [
        "誕生日"
    ]
    ed.post(f"{PAGE}birthday/archive/")
    assert [(chip.label, chip.value) for chip in build_condition_chips(leaf)] == [
        ("使えない条件", "保管した項目「生年月日」")
    ]
    answer = ed.get("/t/sakura/members/", {"c": encode_condition(leaf)})
    assert (
        answer.context["filter"].problem
        == "条件が使うタグやリストなどが見つかりません。条件を設定し直してください。"
    )


def test_deleting_leaves_no_new_changes_and_says_what_it_did(
    sakura: Tenant, ed: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_attribute, "BATCH_SIZE", 2)
    for _number in range(5):
        Member.objects.create()
    item = made("肌質")
    values.set_attribute_value(item, Member.objects.all(), "乾燥肌")
    changes = MemberChange.objects.count()
    archived(item)
    path = f"{PAGE}{item.public_id}/delete/"
    assert "これまでに値を変えた記録は" in ed.get(path).content.decode()
    ed.post(path, {"expected": 5})
    assert (AttributeValue.objects.count(), MemberChange.objects.count()) == (
        0,
        changes,
    )
    assert not Attribute.objects.filter(pk=item.pk).exists()
    (toast,) = ed.get(PAGE).context["messages"]
    assert str(toast).startswith(
        "項目「肌質」を削除しました。 会員5名の値も消しました。"
    )
    entry = AuditEntry.objects.get(action="attribute.deleted")
    assert entry.data["values"] == 5


def test_only_archived_items_are_deleted(sakura: Tenant, ed: Client) -> None:
    Member.objects.create()
    row = made("肌質")
    values.set_attribute_value(row, Member.objects.all(), "x")
    path = f"{PAGE}{row.public_id}/delete/"
    ed.post(path, {"expected": 1})
    assert "先に保管してください" in ed.get(PAGE).content.decode()
    archive_attribute.archive_attribute(row)
    assert "会員1名の値も消えます" in ed.get(path).content.decode()
    assert ed.post(path, {"expected": 0}).status_code == 422
    assert ed.post(path, {"expected": 1}).headers["Location"] == PAGE
    assert (
        Attribute.objects.filter(system="").count(),
        AttributeValue.objects.count(),
    ) == (0, 0)


def test_on_the_members_page(sakura: Tenant, ed: Client, vic: Client) -> None:
    member = Member.objects.create(name="花子")
    shown, hidden = made("肌質"), made("内緒")
    definitions.show_attribute(hidden, in_detail=False)
    values.set_attribute_value(shown, Member.objects.all(), "乾燥肌")
    path = f"/t/sakura/members/{member.public_id}/"
    html = ed.get(path).content.decode()
    assert (
        re.search(r'cell-value ">乾燥肌</span><a class="cell-edit"', html)
        and "内緒" not in html
    )
    assert "cell-edit" not in vic.get(path).content.decode()


def test_an_archived_birthday_is_shown_nowhere(sakura: Tenant, ed: Client) -> None:
    member = Member.objects.create(name="花子", birth_md=1122)
    path = f"/t/sakura/members/{member.public_id}/"
    assert "11/22" in ed.get(path).content.decode()
    ed.post(f"{PAGE}birthday/show/", {"show": "in_list:1"})
    ed.post(f"{PAGE}birthday/archive/")
    assert "11/22" not in ed.get(path).content.decode()
    assert "attr:birthday" not in ed.get("/t/sakura/members/").context["columns"]
