import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.conditions.url import encode_condition
from members.extension import extensions
from members.listing.list_filter import build_leaf
from members.models import Attribute, Member, SearchText, Tag, ValueList
from members.tags import assign, names
from members.valuelists.lists import make_value_list
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.extensions import hand_in_only

LIST = "/t/sakura/members/"
NOON = dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC)


def person(name: str, **values: Any) -> Member:
    return Member.objects.create(name=name, name_key=name, **values)


def shown(client: Client, query: str = "") -> list[str]:
    return [member.name for member in client.get(LIST + query).context["page"].rows]


def put(tag: Tag, *members: Member) -> None:
    assign.tag_members(
        tag, Member.objects.filter(pk__in=[member.pk for member in members]), "operator"
    )


def test_shows_what_there_is(
    sakura: Tenant, vic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in_only(monkeypatch, extensions, extensions["members"])
    member = person(
        "髙橋",
        line_name="はなこ",
        email="a@example.jp",
        phone="09012345678",
        phone_e164="+819012345678",
    )
    Member.objects.filter(pk=member.pk).update(
        link_state="known", known_at=NOON, known_by="form"
    )
    put(names.get_or_create_tag("定期3回目", "purple"), member)
    html = vic.get(LIST).content.decode()
    for text in (
        "髙橋",
        "はなこ",
        "a@example.jp",
        "090-1234-5678",
        "認知済み",
        "2026/11/01",
        "フォーム",
        "定期3回目",
    ):
        assert text in html
    assert "一括タグ付け" not in html


def test_the_same_queries_for_one_and_three_rows(sakura: Tenant, aiko: Client) -> None:
    counts = []
    for rows in (1, 2):
        for number in range(rows):
            put(names.get_or_create_tag(f"{rows}-{number}"), person(f"{rows}-{number}"))
        with CaptureQueriesContext(connection) as queries:
            assert aiko.get(LIST).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_tabs_count_and_narrow(sakura: Tenant, aiko: Client) -> None:
    person("a", link_state="known")
    person("b", link_state="linked")
    person("c", link_state="linked")
    answer = aiko.get(f"{LIST}?link=linked")
    assert [(tab.label, tab.count, tab.current) for tab in answer.context["tabs"]] == [
        ("すべて", 3, False),
        ("未回答", 0, False),
        ("認知済み", 1, False),
        ("連携済み", 2, True),
        ("要確認", 0, False),
    ]
    assert [member.name for member in answer.context["page"].rows] == ["c", "b"]


def test_order_and_pages(sakura: Tenant, aiko: Client) -> None:
    for number in range(52):
        person(
            f"{number:02}",
            last_seen_at=NOON + dt.timedelta(hours=number % 50)
            if number < 51
            else None,
        )
    assert shown(aiko)[:2] == ["51", "50"]
    assert shown(aiko, "?sort=new")[:2] == ["00", "01"]
    assert shown(aiko, "?sort=-seen")[:2] == ["49", "48"]
    first = aiko.get(f"{LIST}?sort=-seen").context["page"]
    assert (len(first.rows), first.total) == (50, 52)
    assert shown(aiko, f"?sort=-seen&after={first.after}&at=51") == ["00", "51"]


def test_a_search_never_stands_in_the_url(sakura: Tenant, vic: Client) -> None:
    person("高橋花子", email_key="hanako@example.jp")
    person("山田", phone_e164="+819012345678", line_name="Taro")
    for typed, expected in (
        ("髙橋　花子", ["高橋花子"]),
        ("HANAKO＠", ["高橋花子"]),
        ("０９０-1234", ["山田"]),
        ("taro", ["山田"]),
        ("zzz", []),
    ):
        answer = vic.post(f"{LIST}search/?link=unanswered&after=x", {"q": typed})
        key = SearchText.objects.latest("pk").public_id
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            f"{LIST}?link=unanswered&s={key}",
        )
        assert shown(vic, f"?s={key}") == expected
    assert (
        vic.post(f"{LIST}search/?s={key}&link=known", {"q": " "}).headers["Location"]
        == f"{LIST}?link=known"
    )


def test_pasted_addresses(sakura: Tenant, vic: Client) -> None:
    person("a", email_key="a@example.jp", link_state="linked")
    person("b", email_key="b@example.jp")
    person("c")
    answer = vic.post(
        f"{LIST}paste/?link=linked",
        {"text": "A@example.jp、ｂ@example.jp z@example.jp z@example.jp x"},
    )
    assert shown(vic, answer.headers["Location"].removeprefix(LIST)) == ["a"]
    (told,) = vic.get(answer.headers["Location"]).context["reports"]
    report = told.report
    assert (
        report.given,
        report.duplicate,
        report.invalid,
        report.matched,
        report.not_found,
    ) == (5, 1, 1, 2, 1)
    key = ValueList.objects.get().public_id
    missing = vic.post(f"{LIST}paste/{key}/not-found/")
    assert missing.content == b"z@example.jp\r\n"
    assert vic.post(f"{LIST}paste/{key}/invalid/").content == b"x\r\n"
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == [
        "value_list.made",
        "value_list.rest_read",
        "value_list.rest_read",
    ]


def test_a_report_for_each_list(sakura: Tenant, vic: Client) -> None:
    person("a", email_key="a@example.jp", phone_e164="+819012345678")
    visits = Attribute.objects.create(
        name="来店回数", name_key="来店回数", kind="number"
    )
    lists = [
        make_value_list("a@example.jp,b@example.jp,b@example.jp"),
        make_value_list("09012345678", "phone"),
    ]
    lists.append(make_value_list("3,3,four", "number"))
    names = ["email", "phone", f"attr:{visits.public_id}"]
    either = {
        "any": [
            build_leaf(name, "in_list", row.public_id)
            for name, row in zip(names, lists, strict=True)
        ]
    }
    answer = vic.get(LIST, {"c": encode_condition(either)})
    told = answer.context["reports"]
    assert [
        (each.title, each.report.given, each.report.duplicate, each.report.invalid)
        for each in told
    ] == [
        ("メールアドレス：リストの2件に一致", 3, 1, 0),
        ("電話番号：リストの1件に一致", 1, 0, 0),
        ("来店回数：リストの1件に一致", 3, 1, 1),
    ]
    assert [each.looked_up for each in told] == [True, True, False]
    body = answer.content.decode()
    assert (body.count("一致した会員"), body.count("リストの値：")) == (2, 3)
    wrong = f"{LIST}paste/{lists[2].public_id}/invalid/"
    assert f'action="{wrong}"' in body
    assert vic.post(wrong).content == b"four\r\n"
    assert vic.get(wrong).status_code == 302


def test_an_uploaded_file(sakura: Tenant, vic: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    person("a", email_key="a@example.jp")
    file = SimpleUploadedFile(
        "a.csv", "氏名,メール\r\n花子,a@example.jp\r\n".encode("cp932")
    )
    assert shown(
        vic,
        vic.post(f"{LIST}paste/", {"file": file})
        .headers["Location"]
        .removeprefix(LIST),
    ) == ["a"]


def test_every_pasted_id_counts(sakura: Tenant, vic: Client) -> None:
    for text in ("101,102,103\r\n104,105,106", "１０１　１０２\t103\n104 105,106"):
        vic.post(f"{LIST}paste/", {"text": text, "field": "customer_id"})
        values = ValueList.objects.latest("pk")
        assert (values.field, values.given, values.invalid) == ("customer_id", 6, 0)


def test_nothing_pasted_keeps_what_was_typed(sakura: Tenant, vic: Client) -> None:
    answer = vic.post(f"{LIST}paste/", {"text": "山田花子", "field": "email"})
    assert answer.status_code == 422
    assert (
        "メールアドレスが見つかりません" in answer.content.decode()
        and "山田花子" in answer.content.decode()
    )


def test_empty(sakura: Tenant, aiko: Client) -> None:
    assert "会員はまだいません" in aiko.get(LIST).content.decode()
    empty = aiko.get(f"{LIST}?link=known").content.decode()
    assert (
        "条件に一致する会員はいません" in empty
        and "退会・ビジターも含めて探す" in empty
    )
    assert (
        "退会・ビジターも含めて探す"
        not in aiko.get(LIST, {"c": '{"all":[]}', "link": "known"}).content.decode()
    )
