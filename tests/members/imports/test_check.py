"""The dry run: what each row would do, and in words what is wrong; no member changes."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobs import runner
from members.imports.check import check, compare
from members.models import Attribute, ImportRow, Member, MemberImport, Segment
from members.tags.names import get_or_create_tag
from tenants.models import Tenant
from tests.conftest import Cast
from tests.members.imports.conftest import page

Check = Callable[..., MemberImport]


def counts(source: MemberImport) -> dict[str, int]:
    return {name: number for name, number in source.counts.items() if number}


def sentences(client: Client, source: MemberImport) -> list[str]:
    return [
        words
        for _number, found in client.get(page(source)).context["wrong"]
        for words in found
    ]


def test_each_wrong_cell_says_cause_and_remedy(
    sakura: Tenant, ed: Client, checked: Check
) -> None:
    Attribute.objects.create(name="購入回数", name_key="購入回数", kind="number")
    source = checked(
        "氏名,メールアドレス,電話番号,LINEユーザーID,生年月日,購入回数,タグ\r\n"
        f"{'長' * 201},a1@example.jp,,,,,\r\n"
        ",hanako.example.jp,,,,,\r\n"
        ",a@b@example..jp,090-1234-5678,,,,\r\n"
        ",a3@example.jp,090-1234-567x,,,,\r\n"
        ",a4@example.jp,090-1234,,,,\r\n"
        ",a5@example.jp,,@hanako,,,\r\n"
        ",a6@example.jp,,,2月30日,,\r\n"
        ",a7@example.jp,,,3026/1/1,,\r\n"
        ",a8@example.jp,,,,たくさん,\r\n"
        f",a9@example.jp,,,,,{'札' * 101}\r\n"
        ",,,,,,\r\n"
        ",a10@example.jp,,,,,,多い\r\n"
        f"{'x' * 10_001},a11@example.jp,,,,,\r\n"
        "氏名だけ,,,,,,\r\n"
        "よい,ok@example.jp,,,,,\r\n"
    )
    assert (source.state, counts(source)) == ("checked", {"wrong": 13, "new": 1})
    assert sentences(ed, source) == [
        "2行目：氏名が200文字を超えています。200文字以内にしてください。",
        "3行目：メールアドレスに「@」が1つだけ入っていません。「hanako@example.jp」の形で入力してください。",
        "4行目：メールアドレスに「@」が1つだけ入っていません。「hanako@example.jp」の形で入力してください。",
        "5行目：電話番号に数字以外の文字が含まれています。「090-1234-5678」のように数字とハイフンで入力してください。",
        "6行目：電話番号として使えない番号です。桁数を確かめ、「090-1234-5678」のように市外局番から入力してください。",
        "7行目：LINEユーザーIDの形式が正しくありません。「U」で始まる33文字のIDを入力してください（LINEの表示名や検索用のIDは使えません）。",
        "8行目：生年月日を日付として読み取れません。「1985/11/22」の形で入力してください。",
        "9行目：生年月日が未来か、古すぎる日付です。西暦の年を確かめて、入力し直してください。",
        "10行目：購入回数を数値として読み取れません。「1200」のように数字だけで入力してください。",
        "11行目：タグに100文字を超えるタグ名があります。100文字以内にしてください。",
        '13行目：列の数が見出しと違います。カンマや改行を含むセルを引用符（"）で囲んでいるかを確かめてください。',
        "14行目：氏名が10,000文字を超えています。短くするか、取り込む列から外してください。",
        "15行目：会員を見分ける値（LINEユーザーID、メールアドレス、電話番号）がどれも空です。少なくとも1つを入力してください。",
    ]
    assert not Member.objects.exists()


def test_columns_of_wrong_values_between_right_ones(
    sakura: Tenant, ed: Client, checked: Check
) -> None:
    """Whole columns are judged by one pattern: no wrong value passes because its neighbours are right."""
    Attribute.objects.create(name="備考", name_key="備考", kind="text")
    long = "長" * 501
    source = checked(
        "メールアドレス,備考\r\na1@example.jp,良い\r\na2@@example.jp,良い\r\na3@example,良い\r\n"
        f"a..4@example.jp,良い\r\na5@example.jp,{long}\r\na6@example.jp,{long[:-1]}\r\n"
    )
    assert counts(source) == {"new": 2, "wrong": 4}
    assert [words.partition("：")[0] for words in sentences(ed, source)] == [
        "3行目",
        "4行目",
        "5行目",
        "6行目",
    ]


def test_rows_among_others(sakura: Tenant, ed: Client, checked: Check) -> None:
    """Twice in the file, several members, somebody else's LINE id, an id that nobody has."""
    line = "U" + "a" * 32
    for _n in range(2):
        Member.objects.create(email="twin@example.jp", email_key="twin@example.jp")
    Member.objects.create(
        name="持ち主", line_user_id=line, email_key="owner@example.jp"
    )
    source = checked(
        "会員ID,メールアドレス,LINEユーザーID,氏名\r\n"
        ",new@example.jp,,一\r\n"
        ",NEW@example.jp,,二\r\n"
        ",twin@example.jp,,三\r\n"
        "bbbbbbbbbbbb,,,四\r\n"
        f",other@example.jp,{line},五\r\n",
        keys=["id", "email"],
    )
    assert counts(source) == {"new": 1, "wrong": 4}
    assert sentences(ed, source) == [
        "3行目：メールアドレスが2行目と同じです。先の行だけを取り込みます。1名につき1行にまとめてください。",
        "4行目：同じメールアドレスの会員が2名います。どの会員かを会員IDの列で指定してください。",
        "5行目：この会員IDの会員が見つかりません。削除した会員は復元し、新しい会員は会員IDを空欄にしてください。",
        "6行目：このLINEユーザーIDは別の会員（または削除した会員）のものです。統合するか、LINEユーザーIDを空欄にしてください。",
    ]


def test_the_wrong_rows_as_a_file(sakura: Tenant, ed: Client, checked: Check) -> None:
    """The same columns and エラー内容; what a spreadsheet would run gets an apostrophe."""
    source = checked(
        "氏名,電話番号\r\n=1+1,abc\r\n山田,090-1234-5678\r\n".encode("cp932")
    )
    text = b"".join(ed.post(page(source, "wrong/")).streaming_content).decode(
        "utf-8-sig"
    )
    assert list(csv.reader(io.StringIO(text))) == [
        ["氏名", "電話番号", "エラー内容"],
        [
            "'=1+1",
            "abc",
            "2行目：電話番号に数字以外の文字が含まれています。「090-1234-5678」のように数字とハイフンで入力してください。",
        ],
    ]


@pytest.mark.parametrize(
    ("switches", "outcome"),
    [
        ({}, {"changed": 1, "new": 1}),
        ({"add": ""}, {"changed": 1, "left": 1}),
        ({"update": ""}, {"same": 1, "new": 1}),
    ],
)
def test_switches(
    sakura: Tenant, checked: Check, switches: dict[str, Any], outcome: dict[str, int]
) -> None:
    Member.objects.create(name="前", email="a@example.jp", email_key="a@example.jp")
    source = checked(
        "氏名,メール\r\n後,a@example.jp\r\n新,b@example.jp\r\n", **switches
    )
    assert counts(source) == outcome


def test_a_lost_stage_is_made_anew(
    sakura: Tenant, checked: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database empties unlogged tables when it comes up after a crash; the check then begins again."""
    monkeypatch.setattr(check, "BATCH_SIZE", 1)
    monkeypatch.setattr(check, "BATCHES_PER_STEP", 3)
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    source = checked("メール\r\n" + "".join(f"a{n}@example.jp\r\n" for n in range(5)))
    assert not runner.run_next_step(source.job_id)
    ImportRow.objects.all()._raw_delete("default")
    while not runner.run_next_step(source.job_id):
        pass
    source.refresh_from_db()
    assert (source.state, counts(source)) == ("checked", {"new": 5})


def test_of_two_rows_alike_the_second_is_not_promised_what_the_first_is_not(
    sakura: Tenant, ed: Client, checked: Check
) -> None:
    """What is wrong with both by themselves is said of both; 「先の行だけを取り込みます」 would be untrue."""
    for _n in range(2):
        Member.objects.create(email="twin@example.jp", email_key="twin@example.jp")
    source = checked("氏名,メール\r\n一,twin@example.jp\r\n二,twin@example.jp\r\n")
    words = "同じメールアドレスの会員が2名います。どの会員かを会員IDの列で指定してください。"
    assert sentences(ed, source) == [f"2行目：{words}", f"3行目：{words}"]


def test_new_members_who_may_be_there_already(
    sakura: Tenant, ed: Client, checked: Check
) -> None:
    """By the phone of a member, deleted ones apart, or by what another new row has."""
    Member.objects.create(
        name="前からの人", phone="090-1234-5678", phone_e164="+819012345678"
    )
    Member.objects.create(
        name="削除した人", phone_e164="+819099999999", deleted_at=timezone.now()
    )
    source = checked(
        "氏名,メール,電話番号\r\n"
        "一,a@example.jp,090-1234-5678\r\n"
        "二,b@example.jp,090-9999-9999\r\n"
        "三,c@example.jp,090-3333-3333\r\n"
        "四,d@example.jp,090-3333-3333\r\n"
        ",,090-1234-5678\r\n"
        "六,e@example.jp,\r\n"
        "七,f@example.jp,\r\n",
    )
    assert counts(source) == {"new": 6, "same": 1}
    assert (source.settings["doubles"], source.settings["double_rows"]) == (
        3,
        [2, 4, 5],
    )
    page_text = ed.get(page(source)).content.decode()
    assert "同じ人かもしれない会員を3名、新規として追加します" in page_text
    assert "はじめの行：2、4、5行目" in page_text


def test_no_doubles_no_warning(sakura: Tenant, ed: Client, checked: Check) -> None:
    source = checked(
        "氏名,メール,電話番号\r\n一,a@example.jp,090-1234-5678\r\n二,b@example.jp,\r\n"
    )
    assert (source.settings["doubles"], source.settings["double_rows"]) == (0, [])
    assert "同じ人かもしれない" not in ed.get(page(source)).content.decode()


def test_what_the_files_tags_set_going_is_said(
    sakura: Tenant, cast: Cast, ed: Client, checked: Check
) -> None:
    tag = get_or_create_tag("VIP")
    Segment.objects.create(
        name="優良顧客",
        owner=cast.ed,
        condition={"field": "tag", "op": "any", "value": [tag.pk]},
    )
    source = checked("メール,タグ\r\na@example.jp,ＶＩＰ；新しいタグ\r\n")
    answer = ed.get(page(source))
    assert answer.context["started"] == ["タグ「VIP」 – 保存した条件：「優良顧客」"]


def test_rows_that_stay_new_are_not_written_again(
    sakura: Tenant, checked: Check
) -> None:
    """Compared anew, a row is as it was staged unless it is another thing now; the member's number stays its own."""
    source = checked("氏名,メールアドレス\r\n山田,a@b.jp\r\n佐藤,c@d.jp\r\n,x\r\n")

    def rows() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ctid::text, number, verdict, member_id FROM members_importrow ORDER BY number"
            )
            return list(cursor.fetchall())

    first = rows()
    assert [
        (number, verdict, member is None) for _place, number, verdict, member in first
    ] == [
        (2, "new", False),
        (3, "new", False),
        (4, "wrong", True),
    ]
    there = Member.objects.create(
        name="佐藤", name_key="佐藤", email="c@d.jp", email_key="c@d.jp"
    )
    assert compare.decide_rows(source)["same"] == 1
    second = rows()
    assert (second[0], second[2]) == (first[0], first[2]) and second[1][2:] == (
        "same",
        there.pk,
    )
    there.delete()
    assert compare.decide_rows(source)["new"] == 2
    third = rows()
    assert (
        third[0] == first[0]
        and third[1][2] == "new"
        and third[1][3] not in (None, there.pk, first[1][3])
    )
