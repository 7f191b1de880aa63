"""Rows that would let a second living member have an address, where the shop does not allow it."""

from collections.abc import Callable

import pytest
from django.test import Client

from members.identity.shared_emails import set_email_rule
from members.models import ImportRow, Member, MemberImport
from tenants.models import Tenant
from tests.members.imports.test_check import sentences

Check = Callable[..., MemberImport]
A, B, C, D = (f"U{letter * 32}" for letter in "abcd")
FILE = (
    "氏名,メールアドレス,LINEユーザーID\r\n"
    f"既にいる人の,taken@example.jp,{A}\r\n"
    f"新しい人,new@example.jp,{B}\r\n"
    f"同じ値,new@example.jp,{C}\r\n"
    f"自分の値のまま,mine@example.jp,{D}\r\n"
    "鍵で見つかる,taken@example.jp,\r\n"
)


@pytest.fixture
def people(sakura: Tenant) -> None:
    for name, line in (("taken", None), ("mine", D)):
        Member.objects.create(
            name=name,
            email=f"{name}@example.jp",
            email_key=f"{name}@example.jp",
            line_user_id=line,
        )


def verdicts(source: MemberImport) -> dict[int, tuple[str, str]]:
    rows = ImportRow.objects.filter(source=source)
    return {row.number: (row.verdict, row.conflict) for row in rows}


def test_the_rows_are_wrong_and_say_what_to_do(
    ed: Client, people: None, checked: Check
) -> None:
    set_email_rule("deny")
    source = checked(FILE)
    assert verdicts(source) == {
        2: ("wrong", "shared"),
        3: ("new", ""),
        4: ("wrong", "shared_row:3"),
        5: ("changed", ""),
        6: ("changed", ""),
    }
    assert sentences(ed, source) == [
        "2行目：同じメールアドレスの会員がすでにいます。会員IDの列でその会員を指定するか、会員を統合してください。",
        "4行目：3行目と同じメールアドレスです。先の行だけを取り込みます。1名につき1つのメールアドレスにしてください。",
    ]


def test_of_those_who_left_the_address_is_free(people: None, checked: Check) -> None:
    Member.objects.filter(name="taken").update(cart_state="left")
    set_email_rule("left")
    assert verdicts(checked(FILE))[2] == ("new", "")


def test_where_all_may_share_no_row_is_wrong(people: None, checked: Check) -> None:
    assert {verdict for verdict, _conflict in verdicts(checked(FILE)).values()} == {
        "new",
        "changed",
    }
