"""Messages of several bubbles: what LINE gets, what is refused on save, and the editor."""

import io
import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from PIL import Image

from members.models import Member
from messaging.content.bubbles import (
    check_bubbles,
    list_form_ids,
)
from messaging.content.images import LONGEST_SIDE, store_image
from messaging.content.merge import check_fields, fill_fields
from messaging.content.render import PushBodies, check_text, is_personal, render_text
from messaging.models import Content, LineAccount
from sandbox.line.answers import RequestRefused
from sandbox.line.checking import check_messages
from tests.factories import make_jpeg
from tests.messaging.conftest import Shop, channel

URL = {"label": "見る", "do": "url", "value": "https://shop.example/"}
SAY = {"label": "はい", "do": "say", "value": "はい"}


def block(**values: Any) -> dict[str, Any]:
    return {"title": "", "text": "秋です", "image": "", "actions": [URL], **values}


ALL_KINDS = [
    {"kind": "image", "image": "TOKEN"},
    {"kind": "buttons", **block(title="{name}様", actions=[URL, SAY])},
    {"kind": "carousel", "columns": [block(), block(actions=[{**URL, "do": "form", "value": "f1"}])]},
    {"kind": "text", "text": "{line_name|お客様}へ"},
    {"kind": "quick", "actions": [SAY]},
]  # fmt: skip


def test_every_kind_as_line_takes_it(account: LineAccount) -> None:
    token = store_image(make_jpeg()).token
    bubbles = json.loads(json.dumps(ALL_KINDS).replace("TOKEN", token))
    check_bubbles("こんにちは", bubbles, ["f1"])
    content = Content.objects.create(text="こんにちは", bubbles=bubbles)
    assert is_personal(content)
    body = json.loads(PushBodies(account, [content]).body(content.pk, "U1", "花子", ""))
    check_messages(body["messages"])
    assert body["to"] == "U1"
    kinds = [each["type"] for each in body["messages"]]
    assert kinds == ["text", "image", "template", "template", "text"]
    image, buttons, carousel, last = body["messages"][1:]
    assert image["previewImageUrl"].endswith(f"/p/sakura/m/i/{token}/s.jpg")
    assert buttons["template"] == {
        "type": "buttons",
        "text": "秋です",
        "title": "花子様",
        "actions": [
            {"type": "uri", "label": "見る", "uri": "https://shop.example/"},
            {"type": "message", "label": "はい", "text": "はい"},
        ],
    }
    opened = carousel["template"]["columns"][1]["actions"][0]["uri"]
    assert opened.endswith(f"/{account.liff_id}/f1/")
    assert last["text"] == "花子へ"
    assert [item["action"]["text"] for item in last["quickReply"]["items"]] == ["はい"]


def test_it_arrives_and_the_phone_shows_it(shop: Shop) -> None:
    (member,) = shop.friends(1)
    with shop.open():
        content = Content.objects.create(bubbles=[{"kind": "buttons", **block()}])
        scenario = shop.account
        from messaging.deliveries.booking import book_message
        from messaging.models import Delivery

        book_message(
            shop.tenant,
            source=Delivery.Source.TEST,
            content=content,
            member=member,
            sender=scenario.sender,
        )
    shop.dispatch()
    assert shop.states() == {"2": 1}
    (said,) = channel(shop.line, shop.account).talks[member.line_user_id]
    assert said["message"]["template"]["text"] == "秋です"


@pytest.mark.parametrize(
    ("bubbles", "said"),
    [
        ([], "本文が入力されていません"),
        ([{"kind": "text", "text": "あ"}] * 6, "吹き出しは5つまでです"),
        ([{"kind": "text", "text": ""}], "吹き出し1：文章が入力されていません"),
        ([{"kind": "image", "image": ""}], "画像が選ばれていません"),
        ([{"kind": "buttons", **block(text="あ" * 161)}], "上限は160文字"),
        ([{"kind": "buttons", **block(text="あ" * 61, title="題")}], "上限は60文字"),
        ([{"kind": "buttons", **block(actions=[])}], "ボタンは1個から4個"),
        ([{"kind": "buttons", **block(actions=[URL] * 5)}], "ボタンは1個から4個"),
        ([{"kind": "buttons", **block(actions=[{**URL, "value": "shop"}])}], "https://で始まる"),
        ([{"kind": "buttons", **block(actions=[{**URL, "label": "あ" * 21}])}], "20文字までです"),
        ([{"kind": "buttons", **block(actions=[{**SAY, "do": "form"}])}], "フォームがありません"),
        ([{"kind": "buttons", **block(text="{nmae}様")}], "{name}（氏名）"),
        ([{"kind": "carousel", "columns": [block()] * 11}], "1枚から10枚"),
        ([{"kind": "carousel", "columns": [block(), block(actions=[URL, SAY])]}], "数をそろえて"),
        ([{"kind": "carousel", "columns": [block(), block(title="題")]}], "すべてのカードに"),
        ([{"kind": "text", "text": "あ"}, {"kind": "quick", "actions": [SAY] * 14}], "13個まで"),
    ],
    ids=str,
)  # fmt: skip
def test_what_line_would_refuse_is_refused_on_save(
    bubbles: list[Any], said: str
) -> None:
    with pytest.raises(ValidationError) as error:
        check_bubbles("", bubbles, [])
    assert said in " ".join(error.value.messages)


@pytest.mark.parametrize(
    "template",
    [
        {"type": "buttons", "text": "あ" * 161, "actions": [{"type": "uri", "label": "a", "uri": "https://a"}]},
        {"type": "buttons", "text": "あ", "actions": [{"type": "uri", "label": "a", "uri": "ftp://a"}]},
        {"type": "carousel", "columns": [
            {"text": "a", "actions": [{"type": "message", "label": "a", "text": "a"}]},
            {"text": "a", "actions": [{"type": "message", "label": "a", "text": "a"}] * 2},
        ]},
    ],
)  # fmt: skip
def test_the_simulator_refuses_as_line_does(template: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused):
        check_messages([{"type": "template", "altText": "a", "template": template}])
    quick = {
        "items": [
            {"type": "action", "action": {"type": "message", "label": "a", "text": "a"}}
        ]
        * 14
    }
    with pytest.raises(RequestRefused):
        check_messages([{"type": "text", "text": "a", "quickReply": quick}])


def test_merge_fields_have_a_fallback() -> None:
    assert (
        fill_fields("{name|お客様}、{name}、{x|y}", {"name": ""}) == "お客様、、{x|y}"
    )
    assert fill_fields("{name|お客様}", {"name": "花子"}) == "花子"
    assert list(check_fields("{line_nam|a}")) == [
        "差し込み項目{line_nam}は使えません。次の項目に直してください：{line_name}（LINE名）"
    ]
    check_text("{name|お客様}様")


def test_a_picture_loses_what_the_camera_wrote(account: LineAccount) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera of Hanako", 6
    stored = store_image(make_jpeg((3000, 100), exif=exif))
    with Image.open(io.BytesIO(bytes(stored.data))) as made:
        assert (made.format, dict(made.getexif())) == ("JPEG", {})
        # Turned as it was held, and made smaller.
        assert made.size[1] == LONGEST_SIDE
    assert b"Hanako" not in bytes(stored.data)
    for data, said in (
        (b"no picture", "読み取れません"),
        (b"0" * (10 * 2**20 + 1), "10MB"),
    ):
        with pytest.raises(ValidationError) as error:
            store_image(data)
        assert said in error.value.messages[0]


def test_whoever_knows_the_address_sees_the_picture(account: LineAccount) -> None:
    token = store_image(make_jpeg()).token
    for path in (f"{token}.jpg", f"{token}/s.jpg"):
        shown = Client().get(f"/p/sakura/m/i/{path}")
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
        assert Image.open(io.BytesIO(shown.content)).size == (40, 30)
    assert Client().get("/p/sakura/m/i/nothing.jpg").status_code == 404


def test_the_link_of_the_form_stands_once(account: LineAccount) -> None:
    later = [{"kind": "text", "text": "回答：{form}"}]
    content = Content.objects.create(text="秋", form_id="f1", bubbles=later)
    body = json.loads(PushBodies(account, [content]).body(content.pk, "U1", "", ""))
    assert body["messages"][0]["text"] == "秋"
    assert render_text(content, account, "", "") == "秋"
    assert list_form_ids("f1", ALL_KINDS) == ["f1"]


def test_the_preview_fills_in_the_chosen_member(
    account: LineAccount, ed: Client
) -> None:
    member = Member.objects.create(
        name="佐藤 一郎", line_user_id="U" + "1" * 32, line_state="friend"
    )
    url = "/t/sakura" + reverse(
        "messaging:preview_content", urlconf="config.urls_console"
    )
    typed = {
        "text": "{name}様",
        "bubble": ["0:text"],
        "b0c0-text": "<b>{line_name|友}</b>",
    }
    shown = ed.post(url, {**typed, "sample": member.public_id}).content.decode()
    assert "佐藤 一郎様" in shown
    assert "&lt;b&gt;佐藤 一郎&lt;/b&gt;" in shown
    assert "山田 花子様" in ed.post(url, typed).content.decode()
