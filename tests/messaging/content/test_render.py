import json

import pytest
from django.core.exceptions import ValidationError

from messaging.channels.line.client import build_push_body
from messaging.channels.line.links import build_liff_url
from messaging.content.merge import count_units
from messaging.content.render import (
    LONGEST,
    PushBodies,
    check_text,
    render_text,
)
from messaging.models import Content, LineAccount


def test_length_is_counted_as_line_does() -> None:
    assert [
        count_units("あ"),
        count_units("🌸"),
        count_units("𠮷"),
        count_units("👨‍👩‍👧"),
    ] == [1, 2, 2, 8]


@pytest.mark.parametrize(
    "text",
    [
        "あ" * LONGEST,
        "🌸" * (LONGEST // 2),
        "{name}様、{line_name}さん",
        "{ }や{}は文字",
    ],
)
def test_good_texts(text: str) -> None:
    check_text(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{nmae}様", "{name}（氏名）"),
        ("{form}から", "フォームが必要です"),
        ("あ" * (LONGEST + 1), "上限は5,000文字"),
        ("🌸" * (LONGEST // 2) + "あ", "5,001文字分"),
        ("あ" * (LONGEST - 10) + "{name}", "5,030文字分"),
    ],
)
def test_bad_texts_are_told_cause_and_remedy(text: str, said: str) -> None:
    with pytest.raises(ValidationError) as error:
        check_text(text)
    assert said in " ".join(error.value.messages)


def test_the_names_stand_in_for_each_other(account: LineAccount) -> None:
    content = Content(text="{name}様（{line_name}）{other}")
    assert (
        render_text(content, account, "山田 花子", "はな")
        == "山田 花子様（はな）{other}"
    )
    assert render_text(content, account, "", "はな") == "はな様（はな）{other}"
    assert render_text(content, account, "{form}", "はな") == "{form}様（はな）{other}"


def test_a_form_with_a_fallback_needs_a_form_too(account: LineAccount) -> None:
    text = "こちら {form|準備中}"
    with pytest.raises(ValidationError) as found:
        check_text(text)
    assert "フォームを添える" in str(found.value)
    check_text(text, "abc")
    content = Content(text=text, form_id="abc")
    said = render_text(content, account, "山田", "")
    assert said == f"こちら {account_form(account)}"


def account_form(account: LineAccount) -> str:
    return build_liff_url(account, "abc/")


def test_the_form_stands_where_said_or_below(account: LineAccount) -> None:
    link = render_text(Content(text="{form}", form_id="abc"), account, "", "")
    assert link.endswith(f"/{account.liff_id}/abc/")
    assert (
        render_text(Content(text="こちら", form_id="abc"), account, "", "")
        == f"こちら\n\n{link}"
    )


def test_a_very_long_name_costs_the_end_of_the_text_only(account: LineAccount) -> None:
    content = Content(text="{name}" + "🌸" * (LONGEST // 2 - 20))
    assert count_units(render_text(content, account, "名" * 199, "")) == LONGEST - 1


@pytest.mark.parametrize("text", ["{name}様", 'みなさま "引用" \\ \n🌸'])
def test_bodies_are_what_the_sdk_writes(account: LineAccount, text: str) -> None:
    content = Content(pk=1, text=text)
    made = PushBodies(account, [content]).body(1, "U1", '花"子', "はな")
    assert json.loads(made) == json.loads(
        build_push_body(render_text(content, account, '花"子', "はな"), "U1")
    )
