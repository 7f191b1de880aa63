import datetime as dt
import threading
import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from members.attributes import definitions
from members.attributes import values as attributing
from members.identity import delete
from members.models import Attribute, AttributeValue, Member
from members.normalize.birthdays import Birthday
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, make_cast


def attribute(kind: str, **values: Any) -> Attribute:
    return Attribute.objects.create(
        name=kind, name_key=f"{kind}{values}", kind=kind, **values
    )


def values(of: Attribute) -> list[tuple[str, str, float | None, dt.date | None]]:
    rows = AttributeValue.objects.filter(attribute=of).order_by("member__name")
    return list(rows.values_list("member__name", "text", "number", "date"))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", " ﾊﾝｶｸ　ｶﾅ² ", "ﾊﾝｶｸ　ｶﾅ²"), ("text", "  ", None),
        ("number", "１，２００円", 1200.0), ("number", "−3.5", -3.5), ("number", "¥12,800", 12800.0),
        ("number", "", None),
        ("date", "２０２６/１１/２２", dt.date(2026, 11, 22)), ("date", "2026-11-22", dt.date(2026, 11, 22)),
        ("date", "2026年1月2日", dt.date(2026, 1, 2)), ("date", "", None),
        ("date", "20240229", dt.date(2024, 2, 29)),
        ("choice", "ａ型", "A型"),
    ],
)  # fmt: skip
def test_parse(kind: str, text: str, value: object) -> None:
    assert (
        attributing.parse_attribute_value(
            Attribute(tenant_id=1, kind=kind, choices=["A型", "B型"]), text
        )
        == value
    )


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("text", "あ" * 501, "500文字を超えています（501文字）"), ("number", "十", "数値として読み取れません"),
        ("number", "1e400", "数値として"), ("number", "9" * 16, "数値として"), ("date", "2026/02/30", "実在する日付"),
        ("date", "11/22", "日付として読み取れません"), ("choice", "C型", "次のどれかを入力してください：A型、B型"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_cause_and_remedy(
    kind: str, text: str, words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        attributing.parse_attribute_value(
            Attribute(tenant_id=1, kind=kind, choices=["A型", "B型"]), text
        )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1985/11/22", Birthday(dt.date(1985, 11, 22), 1122)), ("11月22日", Birthday(None, 1122)),
        ("２/２９", Birthday(None, 229)), ("", Birthday(None, None)),
    ],
)  # fmt: skip
def test_a_birthday_may_lack_its_year(text: str, value: Birthday) -> None:
    assert (
        attributing.parse_attribute_value(
            Attribute(tenant_id=1, kind="date", system="birthday"), text
        )
        == value
    )


@pytest.mark.parametrize("text", ["2/30", "2999/01/01", "1700/01/01", "昨日"])
def test_no_birthday(text: str) -> None:
    with pytest.raises(ValidationError, match="入力し"):
        attributing.parse_attribute_value(
            Attribute(tenant_id=1, kind="date", system="birthday"), text
        )


def test_one_value_for_everybody_is_one_statement(
    sakura: Tenant, django_assert_num_queries: Any
) -> None:
    for name in "abc":
        Member.objects.create(name=name)
    points = attribute("number")
    assert (
        attributing.set_attribute_value(points, Member.objects.filter(name="a"), "7")
        == 1
    )
    with django_assert_num_queries(
        6
    ):  # savepoint and its release, the lock, the item, the upsert, the audit log
        assert attributing.set_attribute_value(points, Member.objects.all(), "７") == 2
    assert values(points) == [
        ("a", "", 7.0, None),
        ("b", "", 7.0, None),
        ("c", "", 7.0, None),
    ]
    assert attributing.set_attribute_value(points, Member.objects.all(), "8") == 3
    assert (
        attributing.set_attribute_value(points, Member.objects.exclude(name="a"), "")
        == 2
    )
    assert values(points) == [("a", "", 8.0, None)]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.data) == (
        "member.attribute_set",
        {"count": 2, "emptied": True},
    )


def test_each_kind_has_its_column(sakura: Tenant) -> None:
    Member.objects.create(name="a")
    for kind, text, row in (
        ("text", "x", ("a", "x", None, None)),
        ("choice", "b", ("a", "B", None, None)),
        ("date", "2026/1/2", ("a", "", None, dt.date(2026, 1, 2))),
    ):
        of = attribute(kind, choices=["B"])
        attributing.set_attribute_value(of, Member.objects.all(), text)
        assert values(of) == [row]


def test_a_birthday_is_two_columns_of_the_member(sakura: Tenant) -> None:
    Member.objects.create(name="a")
    of = attribute("date", system="birthday")
    for text, changed, columns in (
        ("1985/11/22", 1, (dt.date(1985, 11, 22), 1122)),
        ("1985-11-22", 0, (dt.date(1985, 11, 22), 1122)),
        ("2/29", 1, (None, 229)),
        ("", 1, (None, None)),
        ("", 0, (None, None)),
    ):
        assert (
            attributing.set_attribute_value(of, Member.objects.all(), text) == changed
        )
        assert Member.objects.values_list("birthday", "birth_md").get() == columns


def test_who_somebody_is_comes_by_answers(sakura: Tenant) -> None:
    with pytest.raises(ValueError, match="set by an answer"):
        attributing.set_attribute_value(
            attribute("text", system="name"), Member.objects.all(), "x"
        )


def test_nobody_of_another_shop(cast: Cast) -> None:
    with open_tenant_scope(cast.momiji):
        foreign = Member.objects.create()
    with open_tenant_scope(cast.sakura):
        of = attribute("text")
        assert (
            attributing.set_attribute_value(
                of, Member.objects.filter(pk=foreign.pk), "x"
            )
            == 0
        )


def test_a_deleted_member_leaves_no_value(sakura: Tenant) -> None:
    for name in "ab":
        Member.objects.create(name=name)
    of = attribute("text")
    attributing.set_attribute_value(of, Member.objects.all(), "x")
    delete.delete_members(Member.objects.filter(name="a"))
    assert values(of) == [("b", "x", None, None)]


# ---------------------------------------------------------------- beside others
def test_an_item_is_read_anew_under_the_lock(sakura: Tenant) -> None:
    Member.objects.create(name="A")
    rank = attribute("choice", choices=["金", "銀"])
    Attribute.objects.filter(pk=rank.pk).update(choices=["銀"])
    with pytest.raises(ValidationError, match="選択肢にない値です"):
        attributing.set_attribute_value(rank, Member.objects.all(), "金")
    Attribute.objects.filter(pk=rank.pk).update(archived_at=timezone.now())
    with pytest.raises(ValidationError, match="保管または削除されました"):
        attributing.set_attribute_value(rank, Member.objects.all(), "銀")
    Attribute.objects.filter(pk=rank.pk).delete()
    with pytest.raises(ValidationError, match="保管または削除されました"):
        attributing.set_attribute_value(rank, Member.objects.all(), "銀")
    assert values(rank) == []


@pytest.mark.django_db(transaction=True)
def test_another_kind_waits_for_the_values_being_set() -> None:
    with transaction.atomic():
        cast = make_cast()
    with open_tenant_scope(cast.sakura), transaction.atomic():
        Member.objects.create(name="A")
        rank = attribute("text")
    being_set, said = threading.Event(), []

    def change() -> None:
        try:
            being_set.wait(10)
            with open_tenant_scope(cast.sakura), transaction.atomic():
                definitions.change_attribute(
                    Attribute.objects.get(), "数", "number", [], False, True
                )
        except ValidationError as error:
            said.extend(error.messages)
        finally:
            connection.close()

    thread = threading.Thread(target=change)
    thread.start()
    with open_tenant_scope(cast.sakura), transaction.atomic():
        assert attributing.set_attribute_value(rank, Member.objects.all(), "金") == 1
        being_set.set()
        time.sleep(0.4)
        assert said == []
    thread.join(20)
    with open_tenant_scope(cast.sakura), transaction.atomic():
        assert [words[:14] for words in said] == ["会員1名に値が入っているため"]
        assert Attribute.objects.get().kind == "text"
