import random
from pathlib import Path

import openpyxl
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.extension import MembersExtension, extensions
from members.models import (
    IdentityRecord,
    Member,
    ValueList,
    ValueListMember,
    ValueListText,
)
from members.normalize.files import workbooks
from members.normalize.phones import normalize_phone
from members.valuelists import files, lists, lookup, parse
from members.valuelists.files import ParsedInput
from members.valuelists.lists import make_value_list, report_value_list
from members.valuelists.parse import parse_value_list as parse_emails
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast
from tests.extensions import hand_in, hand_in_only


def test_any_separator_any_width() -> None:
    text = "a@example.jp,B@Example.jp、c@example.jp\nｄ＠example.jp　e@example.jp\tf@example.jp；g@example.jp;"
    text += '"h@example.jp"\r\n'
    parsed = parse_emails(text)
    assert parsed.keys == [f"{letter}@example.jp" for letter in "abcdefgh"]
    assert (parsed.given, parsed.duplicate, parsed.invalid) == (8, 0, 0)


def test_counts_add_up() -> None:
    parsed = parse_emails("a@example.jp A@EXAMPLE.JP x x y a..b@docomo.ne.jp")
    assert parsed.keys == ["a@example.jp", "a..b@docomo.ne.jp"]
    assert (parsed.given, parsed.duplicate, parsed.invalid) == (6, 1, 3)


def test_report(sakura: Tenant) -> None:
    for key in ("a@example.jp", "a@example.jp", "b@example.jp", ""):
        Member.objects.create(email_key=key)
    values = make_value_list("a@example.jp,a@example.jp,z@example.jp,broken")
    found = report_value_list(values)
    assert (found.given, found.duplicate, found.invalid) == (4, 1, 1)
    assert (found.matched, found.not_found, found.members) == (1, 1, 2)
    assert list(ValueListText.objects.values_list("missing", "wrong")) == [
        ("z@example.jp", "broken")
    ]
    assert [entry.data for entry in AuditEntry.objects.all()] == [{"given": 4}]


def test_another_source_of_addresses(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Member.objects.create(email_key="a@example.jp")
    other = Member.objects.create(email_key="other@example.jp", name_key="b@example.jp")
    other_source = ("email", lists.ValueSource(Member.objects.all, "pk", "name_key"))
    more = MembersExtension("test", value_sources=(other_source,))
    hand_in(monkeypatch, extensions, more)
    values = make_value_list("a@example.jp b@example.jp c@example.jp")
    found = Member.objects.filter(
        lists.build_value_in_list_q("email", values.public_id)
    )
    assert sorted(found.values_list("pk", flat=True)) == [own.pk, other.pk]
    assert not Member.objects.filter(
        ~lists.build_value_in_list_q("email", values.public_id)
    ).exists()
    assert (report_value_list(values).matched, report_value_list(values).members) == (
        2,
        2,
    )


@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("few", [5_000, 0])
def test_who_is_found_against_brute_force(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch, few: int, once: bool
) -> None:
    """A short list and a long one: two sources, members with a common address, members with two values that are
    wanted, deleted ones. ``once``: whether one source is known to hold each member once."""
    monkeypatch.setattr(lookup, "SHORT_LIST", few)
    first = lists.ValueSource(Member.objects.all, "pk", "email_key", once=once)
    second = lists.ValueSource(Member.objects.all, "pk", "name_key")
    sources = (("email", second), ("email", first))
    hand_in_only(
        monkeypatch, extensions, MembersExtension("test", value_sources=sources)
    )
    dice = random.Random(few)
    for _trial in range(12):
        Member.objects.all().delete()
        people = [
            Member(
                public_id=f"m{place:011}",
                email_key=dice.choice(
                    ["", "a@a.jp", "b@a.jp", "c@a.jp", f"{place}@a.jp"]
                ),
                name_key=dice.choice(["", "", "b@a.jp", "d@a.jp"]),
                deleted_at=dice.choice([None, timezone.now()]),
            )
            for place in range(dice.randrange(8))
        ]
        Member.objects.bulk_create(people)
        wanted = dice.sample(
            ["a@a.jp", "b@a.jp", "c@a.jp", "d@a.jp", "e@a.jp", "1@a.jp", "2@a.jp"],
            dice.randrange(1, 7),
        )
        values = make_value_list(" ".join(wanted))
        hits = [one for one in people if {one.email_key, one.name_key} & set(wanted)]
        living = [one for one in hits if not one.deleted_at]
        missing = [
            key
            for key in wanted
            if not any(key in (one.email_key, one.name_key) for one in living)
        ]
        assert (values.members, values.matched) == (
            len(living),
            len(wanted) - len(missing),
        )
        assert ValueListText.objects.get(list=values).missing == "\n".join(missing)
        found = Member.objects.filter(
            lists.build_value_in_list_q("email", values.public_id)
        )
        assert set(found.values_list("pk", flat=True)) == {one.pk for one in hits}


def test_a_long_list_finds_whoever_has_several_of_its_values(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source of which nobody says that it holds each member once: answers here, customers of two carts elsewhere."""
    monkeypatch.setattr(lookup, "SHORT_LIST", 0)
    source = lists.ValueSource(IdentityRecord.objects.all, "member_id", "email_key")
    sources = (("email", source),)
    hand_in_only(
        monkeypatch, extensions, MembersExtension("test", value_sources=sources)
    )
    member = Member.objects.create()
    for key in ("a@a.jp", "b@a.jp"):
        IdentityRecord.objects.create(
            member=member, source="form", email_key=key, received_at=timezone.now()
        )
    values = make_value_list("a@a.jp b@a.jp c@a.jp")
    assert (values.members, values.matched, ValueListText.objects.get().missing) == (
        1,
        2,
        "c@a.jp",
    )
    assert (
        Member.objects.get(lists.build_value_in_list_q("email", values.public_id))
        == member
    )


def test_what_is_told_of_a_short_list_is_of_this_minute(sakura: Tenant) -> None:
    values = make_value_list("a@example.jp")
    Member.objects.create(email_key="a@example.jp")
    assert report_value_list(values).matched == 0
    with time_machine.travel(timezone.now() + lists.REPORT_FRESH, tick=False):
        assert (
            report_value_list(values).matched,
            report_value_list(values).members,
            report_value_list(values).not_found,
        ) == (1, 1, 0)


def test_a_list_of_another_shop_finds_nobody(cast: Cast) -> None:
    with open_tenant_scope(cast.momiji):
        foreign = make_value_list("a@example.jp")
    with open_tenant_scope(cast.sakura):
        Member.objects.create(email_key="a@example.jp")
        assert not Member.objects.filter(
            lists.build_value_in_list_q("email", foreign.public_id)
        ).exists()


@pytest.mark.parametrize("text", ["", " ,、 ", "山田 花子"])
def test_nothing_usable(sakura: Tenant, text: str) -> None:
    with pytest.raises(ValidationError, match="メールアドレスが見つかりません"):
        make_value_list(text)


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "MOST", 2)
    assert len(parse_emails("a@b.jp a@b.jp b@b.jp").keys) == 2
    with pytest.raises(ValidationError, match="100万件以下に分けてください"):
        parse_emails("a@b.jp b@b.jp c@b.jp")


def test_encodings() -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp932", "utf-16"):
        assert (
            files.decode_list_file("氏名,a@example.jp".encode(encoding))
            == "氏名,a@example.jp"
        )
    with pytest.raises(ValidationError):
        files.decode_list_file(b"\x81\xff\xfd\x00")


def test_a_hundred_thousand_values_at_once(sakura: Tenant) -> None:
    text = ",".join(f"User{number}@example.jp" for number in range(100_000))
    with CaptureQueriesContext(connection) as asked:
        values = make_value_list(text)
    assert values.usable == values.not_found == 100_000
    assert len(asked) < 20


def test_telephone_numbers_all_at_once_as_one_by_one() -> None:
    chance = random.Random(1)
    heads = [
        "090",
        "080",
        "070",
        "060",
        "050",
        "03-",
        "06-",
        "045",
        "0120",
        "0570",
        "+8190",
        "008190",
        "9",
        "",
        "+1212",
    ]
    numbers = [
        chance.choice(heads) + f"{chance.randrange(10**9):0{chance.randint(6, 9)}}"
        for _ in range(3_000)
    ]
    assert parse.normalize_phones(numbers) == [
        normalize_phone(number) for number in numbers
    ]


def test_telephone_numbers_with_blanks_inside_and_between(sakura: Tenant) -> None:
    Member.objects.create(phone_e164="+819012345678")
    Member.objects.create(phone_e164="+81312345679")
    values = make_value_list(
        "090 1234 5678、０３－１２３４－５６７９ 080-1111-2222\n(090)1234-5678;x",
        "phone",
    )
    told = report_value_list(values)
    assert (
        told.given,
        told.duplicate,
        told.invalid,
        told.matched,
        told.not_found,
        told.members,
    ) == (5, 1, 1, 2, 1, 2)
    assert (
        Member.objects.filter(
            lists.build_value_in_list_q("phone", values.public_id)
        ).count()
        == 2
    )


def test_names_are_not_cut_at_blanks(sakura: Tenant) -> None:
    person = Member.objects.create(name_key="高橋花子")
    values = make_value_list("髙橋　花子\n山田 太郎", "name")
    assert (values.given, values.matched) == (2, 1)
    assert (
        Member.objects.get(lists.build_value_in_list_q("name", values.public_id))
        == person
    )


def test_a_long_list_keeps_its_members_ten_minutes(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "SHORT_LIST", 1)
    one = Member.objects.create(email_key="a@example.jp")
    values = make_value_list("a@example.jp b@example.jp")
    assert ValueListMember.objects.count() == 1
    two = Member.objects.create(email_key="b@example.jp")

    def found() -> set[Member]:
        return set(
            Member.objects.filter(
                lists.build_value_in_list_q("email", values.public_id)
            )
        )

    assert found() == {one}
    with time_machine.travel(timezone.now() + lists.FRESH, tick=False):
        assert found() == {one, two}
        assert report_value_list(ValueList.objects.get()).not_found == 0


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("a@example.jp,090-1234-5678,b@example.jp", "email"), ("090 1234 5678\n０３-1234-5679", "phone"),
        ("bcdf23456789 ghjk23456789", "member"), ("1001,1002", "customer_id"), ("EC-1", "customer_id"),
        ("会員ID,タグ\nbcdf23456789,美容、健康\n", "member"), ("会員ID,氏名\n1,山田 花子\n2,佐藤 次郎", "customer_id"),
        ("会員ID,氏名,タグ\r\nbcdf23456789,山田 花子,A B C\r\nghjk23456789,佐藤,D\r\n", "member"),
    ],
)  # fmt: skip
def test_the_kind_is_guessed(text: str, field: str) -> None:
    assert parse.guess_value_kind(text) == field


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12,800円 ¥3,500,\"1,200\"", ["12800", "3500", "1200"]), ("100,200,300", ["100", "200", "300"]),
        ("１２，８００円\n3回", ["12800", "3"]), ("1,234,567円,5", ["1234567", "5"]), ("12,8000円", ["12", "8000"]),
    ],
)  # fmt: skip
def test_numbers_written_with_commas(text: str, numbers: list[str]) -> None:
    assert parse.parse_value_list(text, "number").keys == numbers


@pytest.mark.parametrize("field", ["name", "text", "customer_id"])
def test_quotes_around_values(field: str) -> None:
    second = "a1" if field == "name" else "A-1"
    assert parse.parse_value_list("\"山田太郎\",'A-1'", field).keys == [
        "山田太郎",
        second,
    ]


def test_pasted_ids_are_all_kept() -> None:
    """Lines of as many ids look like a table, and only its first column was read."""
    pasted = "101,102,103\n104,105,106"
    for field in ("customer_id", "customer_number", "member", "number", "text"):
        assert ParsedInput(pasted).values(field) == pasted
        assert ParsedInput("", pasted, is_table=False).values(field) == pasted
        assert ParsedInput("", pasted).values(field) == "101\n104"
    assert (
        ParsedInput("氏名,顧客ID\n山田,1\n佐藤,2").values("customer_id")
        == "顧客ID\n1\n2"
    )
    assert (
        ParsedInput("番号\t氏名\nA1\t山田\nA2\t佐藤").values("customer_id")
        == "番号\nA1\nA2"
    )
    assert ParsedInput("", '氏名,金額\n山田,"12,800"').values("number") == "氏名\n山田"
    assert ParsedInput("", '金額,氏名\n"12,800",山田').values("number") == "金額\n12800"


def test_the_column_that_holds_the_values() -> None:
    table = "番号,氏名,メール\n1,花子,a@example.jp\n2,太郎,b@example.jp\n"
    assert (
        files.extract_value_column(table, "email")
        == "メール\na@example.jp\nb@example.jp"
    )
    assert files.extract_value_column(table, "customer_id") == "番号\n1\n2"
    assert (
        files.extract_value_column("a@example.jp,b@example.jp", "email")
        == "a@example.jp,b@example.jp"
    )


def test_a_workbook_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = openpyxl.Workbook()
    for row in (["メール"], ["a@example.jp"], ["b@example.jp"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert (
        files.decode_list_file((tmp_path / "a.xlsx").read_bytes())
        == "メール\na@example.jp\nb@example.jp\n"
    )
    monkeypatch.setattr(workbooks, "MOST_ROWS", 1)
    monkeypatch.setattr(files, "MOST", 2)
    assert files.decode_list_file((tmp_path / "a.xlsx").read_bytes()).count("\n") == 3
    monkeypatch.setattr(files, "MOST", 1)
    with pytest.raises(ValidationError, match="100万件以下に分けてください"):
        files.decode_list_file((tmp_path / "a.xlsx").read_bytes())
    with pytest.raises(ValidationError, match="Excelファイル"):
        files.decode_list_file(b"PK\x03\x04broken")
