"""The history of members, written by the database for every statement there is."""

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat

from members.db import skip_history
from members.identity.change_history import build_history_entries
from members.identity.create import add_member
from members.models import Attribute, AttributeValue, Member, MemberChange
from members.normalize.birthdays import build_birthday
from tenants.models import Tenant
from tenants.scope import act_as, open_tenant_scope
from tests.conftest import Cast

MOMENT = dt.datetime(2026, 11, 22, 5, 30, tzinfo=dt.UTC)


def written() -> list[tuple[Any, ...]]:
    rows = MemberChange.objects.order_by("id").values_list(
        "member__line_name", "before", "after", "source", "operator"
    )
    return [tuple(row) for row in rows]


def test_a_mass_update_leaves_a_row_for_each_member_that_changed(
    cast: Cast, sakura: Tenant
) -> None:
    Member.objects.bulk_create([Member(line_name=name, name="花") for name in "abc"])
    with act_as(cast.ed, "job"):
        Member.objects.exclude(line_name="c").update(
            name=Concat(F("name"), Value("子"))
        )
    # One statement writes them, in whatever order it finds the members.
    assert sorted(written(), key=str) == [
        (name, {"name": "花"}, {"name": "花子"}, "job", cast.ed.pk) for name in "ab"
    ]


def test_only_the_columns_that_changed(sakura: Tenant) -> None:
    member = Member.objects.create(line_name="a", name="花", email="a@example.jp")
    member.name, member.birthday, member.birth_md = "花子", dt.date(1990, 1, 2), 102
    member.save()
    assert written() == [
        (
            "a",
            {"name": "花", "birthday": None, "birth_md": None},
            {"name": "花子", "birthday": "1990-01-02", "birth_md": 102},
            "",
            None,
        ),
    ]


def test_what_is_not_tracked_or_stays_the_same_leaves_nothing(sakura: Tenant) -> None:
    member = Member.objects.create(name="花")
    Member.objects.update(link_state="known", last_seen_at=MOMENT)
    Member.objects.update(name="花")
    member.refresh_from_db()
    member.save()
    assert written() == []


def test_the_same_statement_for_one_and_for_many(sakura: Tenant) -> None:
    """The plan of the first, small statement must not be the plan of the large one."""
    Member.objects.bulk_create([Member(line_name=str(n)) for n in range(300)])
    Member.objects.filter(line_name="0").update(email="x")
    Member.objects.update(deleted_at=MOMENT)
    assert MemberChange.objects.filter(after__has_key="email").count() == 1
    assert MemberChange.objects.filter(after__has_key="deleted_at").count() == 300


def test_raw_statements_and_upserts(cast: Cast, sakura: Tenant) -> None:
    member = Member.objects.create(line_name="a", line_user_id="U1")
    with act_as(None, "cart"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_member SET phone = '090' WHERE id = %s", [member.pk]
        )
    again = Member(line_user_id="U1", name="花子", line_name="b")
    Member.objects.bulk_create(
        [again],
        update_conflicts=True,
        unique_fields=["tenant", "line_user_id"],
        update_fields=["name"],
    )
    assert written() == [
        ("a", {"phone": ""}, {"phone": "090"}, "cart", None),
        ("a", {"name": ""}, {"name": "花子"}, "", None),
    ]


def test_values_of_attributes_come_change_and_go(cast: Cast, sakura: Tenant) -> None:
    member = Member.objects.create(line_name="a")
    size = Attribute.objects.create(name="サイズ", name_key="サイズ")
    points = Attribute.objects.create(name="点", name_key="点", kind="number")
    with act_as(cast.ed, "console"):
        AttributeValue.objects.create(attribute=size, member=member, text="M")
        AttributeValue.objects.create(attribute=points, member=member, number=3)
        AttributeValue.objects.filter(attribute=size).update(text="L")
        AttributeValue.objects.filter(attribute=points).update(number=3)
        AttributeValue.objects.filter(attribute=points).delete()
    who = ("console", cast.ed.pk)
    key, other = f"attr:{size.pk}", f"attr:{points.pk}"
    assert written() == [
        ("a", {key: None}, {key: "M"}, *who),
        ("a", {other: None}, {other: 3}, *who),
        ("a", {key: "M"}, {key: "L"}, *who),
        ("a", {other: 3}, {other: None}, *who),
    ]


def test_a_value_that_moves_is_gone_here_and_new_there(sakura: Tenant) -> None:
    one, two = (Member.objects.create(line_name=name) for name in "ab")
    size = Attribute.objects.create(name="サイズ", name_key="サイズ")
    with skip_history():
        AttributeValue.objects.create(attribute=size, member=one, text="M")
    AttributeValue.objects.filter(member=one).update(member=two)
    key = f"attr:{size.pk}"
    assert sorted(written(), key=str) == [
        ("a", {key: "M"}, {key: None}, "", None),
        ("b", {key: None}, {key: "M"}, "", None),
    ]


def test_unrecorded_is_for_its_block_only(sakura: Tenant) -> None:
    Member.objects.create(line_name="a")
    with skip_history():
        Member.objects.update(name="花")
    Member.objects.update(name="花子")
    assert written() == [("a", {"name": "花"}, {"name": "花子"}, "", None)]


def test_a_change_belongs_to_the_shop_of_its_member(cast: Cast) -> None:
    for shop in (cast.sakura, cast.momiji):
        with open_tenant_scope(shop):
            Member.objects.create(line_name=shop.slug)
            Member.objects.update(name="花")
    with open_tenant_scope(cast.momiji):
        assert written() == [("momiji", {"name": ""}, {"name": "花"}, "", None)]


def test_in_words(cast: Cast, sakura: Tenant) -> None:
    member = Member.objects.create(name="花", phone="")
    with act_as(cast.ed, "console"):
        Member.objects.update(
            phone="+819011112222", birthday=dt.date(1990, 1, 2), birth_md=102
        )
    Member.objects.update(deleted_at=MOMENT)
    first, second = build_history_entries(MemberChange.objects.order_by("-id"), member)
    assert (first.title, first.source, first.who) == ("会員を削除", "システム", "")
    assert [(str(c.label), c.before, c.after) for c in first.changes] == [
        ("削除", "", "2026/11/22 14:30")
    ]
    assert (second.title, second.source, second.who) == (
        "電話番号、生年月日を変更",
        "管理画面",
        "江戸 次郎",
    )
    assert [(c.before, c.after) for c in second.changes] == [
        ("", "090-1111-2222"),
        ("", "1990/01/02"),
    ]


def test_values_in_words_as_elsewhere(sakura: Tenant) -> None:
    member = Member.objects.create(name="花")
    kinds = {
        kind: Attribute.objects.create(name=kind, name_key=kind, kind=kind)
        for kind in ("number", "date", "text")
    }
    AttributeValue.objects.create(
        attribute=kinds["number"], member=member, number=12000
    )
    AttributeValue.objects.create(
        attribute=kinds["date"], member=member, date=dt.date(2026, 11, 22)
    )
    AttributeValue.objects.create(
        attribute=kinds["text"], member=member, text="2026-11-22"
    )
    found = build_history_entries(MemberChange.objects.order_by("id"), member)
    assert [entry.changes[0].after for entry in found] == [
        "12,000",
        "2026/11/22",
        "2026-11-22",
    ]


def test_the_line_user_id_is_followed(sakura: Tenant) -> None:
    member = Member.objects.create(line_user_id="U1")
    Member.objects.update(line_user_id="U2")
    Member.objects.update(line_name="はな")
    assert [(each.before, each.after) for each in MemberChange.objects.all()] == [
        ({"line_user_id": "U1"}, {"line_user_id": "U2"})
    ]
    (entry,) = build_history_entries(MemberChange.objects.all(), member)
    assert entry.title == "LINEユーザーIDを変更"


def test_an_added_member_is_told_as_added(cast: Cast, sakura: Tenant) -> None:
    member = add_member(
        cast.ed,
        name="花子",
        phone="090-1111-2222",
        birthday=build_birthday(dt.date(1990, 1, 2)),
    )
    (entry,) = build_history_entries(MemberChange.objects.all(), member)
    assert (entry.title, entry.who, entry.source) == (
        "会員を追加",
        "江戸 次郎",
        "管理画面",
    )
    assert [(str(line.label), line.before, line.after) for line in entry.changes] == [
        ("氏名", "", "花子"),
        ("電話番号", "", "090-1111-2222"),
        ("生年月日", "", "1990/01/02"),
    ]
