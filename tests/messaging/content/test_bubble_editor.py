"""The editor of a message of several bubbles: it adds, moves, takes out, and shows again what is saved."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from messaging.content.bubbles import (
    describe_bubbles,
    list_image_tokens,
)
from messaging.models import Broadcast, LineAccount, MessageImage
from tests.factories import make_jpeg


def post_fields(account: LineAccount, **values: Any) -> dict[str, Any]:
    return {
        "name": "秋", "account": account.public_id, "audience": "all", "text": "", "form_id": "",
        "due_at": "", "fixed_at": "send", "is_ad": "1", **values,
    }  # fmt: skip


def test_the_editor_adds_moves_and_takes_out(account: LineAccount, ed: Client) -> None:
    new = "/t/sakura" + reverse(
        "messaging:new_broadcast", urlconf="config.urls_console"
    )

    def kinds(answer: Any) -> list[str]:
        return [row.kind for row in answer.context["form"].rows.rows]

    typed = post_fields(account, bubble=["0:image"], edit="add:buttons")
    typed["b0c0-file"] = SimpleUploadedFile("a.jpg", make_jpeg())
    answer = ed.post(new, typed)
    assert (answer.status_code, kinds(answer)) == (200, ["image", "buttons"])
    token = MessageImage.objects.get().token
    assert answer.context["form"].rows.rows[0].read() == {
        "kind": "image",
        "image": token,
    }
    moved = post_fields(account, bubble=["0:image", "1:buttons"], edit="down:0")
    moved |= {"b0c0-image": token, "b1c0-text": "秋です"}
    answer = ed.post(new, moved)
    assert kinds(answer) == ["buttons", "image"]
    assert answer.context["form"].rows.rows[0].read()["text"] == "秋です"
    taken_out = ed.post(new, {**moved, "edit": "remove:1"})
    assert kinds(taken_out) == ["image"]
    form = taken_out.context["form"]
    assert (form["name"].value(), form["counts_links"].value()) == ("秋", False)
    assert Broadcast.objects.count() == 0


def test_what_is_saved_is_shown_again(account: LineAccount, ed: Client) -> None:
    new = "/t/sakura" + reverse(
        "messaging:new_broadcast", urlconf="config.urls_console"
    )
    typed = post_fields(account, bubble=["5:carousel"], text="はじめ") | {
        "b5-card": ["1", "1"],
        "b5c0-text": "一",
        "b5c0-label0": "見る",
        "b5c0-do0": "url",
        "b5c0-value0": "https://a.example/",
        "b5c1-text": "二",
        "b5c1-label0": "言う",
        "b5c1-do0": "say",
        "b5c1-value0": "やあ",
        "b99c0-label0": "はい",
        "b99c0-do0": "say",
        "b99c0-value0": "はい",
    }
    bad = ed.post(new, {**typed, "b5c1-label0": ""})
    assert (bad.status_code, Broadcast.objects.count()) == (422, 0)
    assert "吹き出し2：カード2：" in bad.content.decode()
    assert ed.post(new, typed).status_code == 302
    content = Broadcast.objects.get().content
    assert content and content.bubbles == [
        {
            "kind": "carousel",
            "columns": [
                {
                    "title": "",
                    "text": "一",
                    "image": "",
                    "actions": [
                        {"label": "見る", "do": "url", "value": "https://a.example/"}
                    ],
                },
                {
                    "title": "",
                    "text": "二",
                    "image": "",
                    "actions": [{"label": "言う", "do": "say", "value": "やあ"}],
                },
            ],
        },
        {"kind": "quick", "actions": [{"label": "はい", "do": "say", "value": "はい"}]},
    ]
    assert describe_bubbles(content.bubbles) == "［カルーセル］一 二"
    edit = new.replace("new/", f"{Broadcast.objects.get().public_id}/edit/")
    assert ed.get(edit).context["form"].rows.read() == content.bubbles


def test_a_form_or_a_picture_that_is_missing_is_said(
    account: LineAccount, ed: Client
) -> None:
    new = "/t/sakura" + reverse(
        "messaging:new_broadcast", urlconf="config.urls_console"
    )
    typed = post_fields(
        account, text="秋", bubble=["0:text", "1:image", "2:carousel"]
    ) | {
        "b0c0-text": "{form}",
        "b1c0-image": "made/up",
        "b2c0-text": "一",
        "b2c0-image": "made-up",
        "b2c0-label0": "言う",
        "b2c0-do0": "say",
        "b2c0-value0": "やあ",
    }
    answer = ed.post(new, typed)
    first, second = answer.context["form"].errors["__all__"]
    assert first.startswith("{form}を使うにはフォームが必要です。")
    assert second.startswith("画像が見つかりません。")
    assert list_image_tokens(answer.context["form"].rows.read()) == {
        "made/up",
        "made-up",
    }
