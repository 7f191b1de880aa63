"""What every shop has from the start: who a member is, and フリガナ, 郵便番号, 住所 and 性別."""

import pytest
from django.test import Client

from members.attributes import definitions
from members.attributes.values import set_attribute_value
from members.conditions.sql import filter_members
from members.exports.columns import list_export_columns
from members.imports.read.columns import list_targets
from members.imports.read.mapping import guess_mapping
from members.models import Attribute, AttributeValue, Member
from members.screens.merge.forms import MergeForm
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tenants.shops.open import open_shop

VALUES = {
    "kana": "ヤマダ ハナコ",
    "postal_code": "150-0001",
    "address": "東京都渋谷区神宮前1-1",
    "gender": "女性",
}


@pytest.fixture
def stored(sakura: Tenant) -> dict[str, Attribute]:
    definitions.store_system_attributes()
    return {row.system: row for row in Attribute.objects.with_values()}


def test_a_shop_opens_with_them(db: None) -> None:
    with open_tenant_scope(open_shop("ume", "梅屋")):
        rows = Attribute.objects.in_order()
        assert [
            (row.system, row.public_id, row.kind, row.in_list, row.in_detail)
            for row in rows
        ] == [
            (key, key, item.kind, False, True)
            for key, item in definitions.SYSTEM.items()
        ]
        gender = Attribute.objects.get(system="gender")
        assert gender.choices == ["女性", "男性", "その他・回答しない"]


def test_a_cell_stores_the_items_of_an_older_shop(sakura: Tenant, ed: Client) -> None:
    member = Member.objects.create(name="山田 花子")
    data = {"value": "ヤマダ ハナコ", "before": ""}
    ed.post(f"/t/sakura/members/cells/{member.public_id}/kana/", data)
    assert [
        (each.attribute.system, each.text) for each in AttributeValue.objects.all()
    ] == [("kana", "ヤマダ ハナコ")]


def test_they_are_asked_for_taken_in_written_out_and_merged(
    stored: dict[str, Attribute],
) -> None:
    member, other = (
        Member.objects.create(name="山田"),
        Member.objects.create(name="佐藤"),
    )
    for key, text in VALUES.items():
        set_attribute_value(stored[key], Member.objects.filter(pk=member.pk), text)
    for key in VALUES:
        leaf = {"field": f"attr:{key}", "op": "filled", "value": True}
        assert list(filter_members(Member.objects.all(), leaf)) == [member]
    headings = ["氏名", "ふりがな", "郵便番号", "ご住所", "性別", "メモ"]
    assert guess_mapping(headings, list_targets()) == {
        "氏名": "name",
        "ふりがな": f"attribute:{stored['kana'].pk}",
        "郵便番号": f"attribute:{stored['postal_code'].pk}",
        "ご住所": f"attribute:{stored['address'].pk}",
        "性別": f"attribute:{stored['gender'].pk}",
        "メモ": "ignore",
    }
    assert [list_export_columns()[f"attribute:{key}"].label for key in VALUES] == [
        "フリガナ",
        "郵便番号",
        "住所",
        "性別",
    ]
    rows = {row.label: row.values for row in MergeForm(members=[member, other]).rows}
    assert {row.label: rows[row.label] for row in stored.values()} == {
        stored[key].label: [text, ""] for key, text in VALUES.items()
    }


def test_their_names_belong_to_the_system(sakura: Tenant, ed: Client) -> None:
    answer = ed.post(
        "/t/sakura/members/attributes/new/", {"name": "フリガナ", "kind": "text"}
    )
    assert answer.status_code == 422
    assert "同じ名前の項目" in answer.content.decode()
