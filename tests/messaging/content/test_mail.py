"""What a mail says: checked when it is saved, and filled in for one person."""

from typing import Any

import pytest

from messaging.content.events import EventField, EventFields
from messaging.content.html import clean_html
from messaging.content.mail import compose_mail
from messaging.content.mail_checks import find_mail_faults
from messaging.content.make import Written, make_contents, read_written
from messaging.extension import MessagingExtension, extensions
from messaging.models import Content, Step, Way
from tests.extensions import hand_in

ORDERS = EventFields(
    frozenset({"order"}),
    {
        "order_number": EventField("注文番号", "SC-1"),
        "order_name": EventField("注文者名", "山田", "お客様"),
    },
    lambda keys: {},
)


@pytest.fixture(autouse=True)
def orders(monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(
        monkeypatch, extensions, MessagingExtension("above", event_fields=(ORDERS,))
    )


def faults(offered: Any = (), form_id: str = "", **parts: str) -> list[tuple[str, str]]:
    mail = {"subject": "件名", "text": "本文", "mobile": "", "html": "", **parts}
    return list(find_mail_faults(mail, form_id, offered))


@pytest.mark.parametrize(
    ("parts", "part", "words"),
    [
        ({"subject": " "}, "subject", "件名が入力されていません"),
        ({"subject": "あ" * 201}, "subject", "200文字"),
        ({"subject": "{form}"}, "subject", "本文に移してください"),
        ({"text": ""}, "text", "本文が入力されていません"),
        ({"mobile": "あ" * 20_001}, "mobile", "20,000文字"),
        ({"text": "{nmae|x}"}, "text", "{name}（氏名）"),
        ({"html": "<p>{name}</p>"}, "html", "{name|お客様}"),
        ({"text": "{order_name|お客様}様"}, "text", "注文や発送をきっかけ"),
        ({"mobile": "{form}"}, "mobile", "フォームを選ぶか"),
    ],
    ids=str,
)
def test_each_fault_stands_by_its_field_with_the_remedy(
    parts: dict[str, str], part: str, words: str
) -> None:
    found = faults(**parts)
    assert [where for where, _said in found][:1] == [part]
    assert words in found[0][1]


def test_fields_of_an_order_are_taken_where_an_order_starts_it() -> None:
    offered = ("order_number", "order_name")
    text = "{order_name|お客様}様 {order_number} {name|お客様} {form}"
    assert faults(offered, "abc", text=text) == []
    assert [where for where, _ in faults(offered, text="{order_name}様")] == ["text"]


def test_html_keeps_its_look_and_loses_what_may_run() -> None:
    cleaned = clean_html(
        '<html><head><style>p.a{color:red}</style></head><body><p class="a" onclick="x()">{name|お客様}様</p>'
        '<script>x()</script><a href="{form}">開く</a><a href="javascript:x()">悪い</a>'
        '<form action="/x"><input></form><iframe src="https://x.jp"></iframe></body></html>'
    )
    assert cleaned == (
        '<p style="color: red;">{name|お客様}様</p><a href="{form}">開く</a><a>悪い</a>'
    )
    assert clean_html("  ") == ""


def test_values_are_text_in_html_and_carriers_get_the_text_for_phones(
    sakura: object,
) -> None:
    mail = {
        "subject": "{name|お客様}様\nへ",
        "text": "",
        "mobile": "携帯 {name|お客様}",
        "html": "<p>{name|お客様}様</p>",
    }
    content = Content(kind="mail", mail=mail, form_id="abc")
    values = {"name": "<b>花子", "form": "https://x.jp/f?a=1&b=2"}
    parts = compose_mail(content, values, "a@example.jp")
    assert parts.subject == "<b>花子様 へ"
    assert parts.text == "<b>花子様\n\nhttps://x.jp/f?a=1&b=2"
    link = "https://x.jp/f?a=1&amp;b=2"
    body = f'<p>&lt;b&gt;花子様</p><p><a href="{link}">{link}</a></p>'
    assert parts.html.endswith(f"<body>{body}</body></html>")
    carrier = compose_mail(content, {"name": ""}, "a@docomo.ne.jp")
    assert (carrier.text, carrier.html) == ("携帯 お客様\n\n{form}", "")


def test_what_did_not_change_stays_the_same_version(sakura: object) -> None:
    written = Written(way=Way.EITHER, text="秋", subject="件名", mail_text="本文")
    content, mail = make_contents(written, [])
    assert mail
    assert make_contents(written, [content, mail]) == (content, mail)
    assert (
        read_written(Step(way="either", content=content, mail_content=mail)) == written
    )
    alone, none = make_contents(
        Written(way=Way.MAIL, subject="件名", mail_text="本文"), [content, mail]
    )
    assert (alone, none) == (mail, None)
