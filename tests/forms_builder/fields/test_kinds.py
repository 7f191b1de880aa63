"""Every kind of question: one suite for all, and what each makes of what was typed."""

import datetime as dt
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError

from console.icons import draw_icon
from forms_builder.extension import FormsExtension, extensions
from forms_builder.kinds import KINDS
from forms_builder.questions import registry
from forms_builder.questions.base import FieldKind, Value
from forms_builder.questions.question import Question
from forms_builder.questions.registry import get_kind, list_kinds
from tests.extensions import hand_in

CHOICES = {"choices": [{"id": "a", "label": "朝"}, {"id": "b", "label": "夜"}]}


def ask(kind: str, /, required: bool = True, **settings: Any) -> Question:
    return Question(kind, "質問", required, id="q1", settings=settings)


def answer(question: Question, **typed: Any) -> list[Value]:
    """What the kind makes of what was typed, through its own inputs; ``main`` is the first of them."""
    inputs = question.type.build_inputs(question, question.is_required)
    cleaned = {
        part: field.clean(typed.get(part or "main", ""))
        for part, field in inputs.items()
    }
    return question.type.clean(question, cleaned)


@pytest.mark.parametrize("key", KINDS)
def test_every_kind_is_whole(key: str) -> None:
    kind = get_kind(key)
    question = ask(key, required=False, **CHOICES, param="src")
    assert (kind.key, bool(str(kind.label))) == (key, True)
    assert kind.asked_as in ("", "choice", "number", "date", "text")
    inputs = kind.build_inputs(question, is_required=False)
    assert next(iter(inputs)) == "" and all(
        isinstance(each, forms.Field) for each in inputs.values()
    )
    # Nothing typed is nothing answered.
    nothing = [] if isinstance(inputs[""], forms.MultipleChoiceField) else ""
    assert answer(question, main=nothing) == []
    assert kind.show([]) == "" and kind.collect_writes(question, []) == {}
    assert kind.settings_form(kind.settings_form.shown(question.settings)) is not None


@pytest.mark.parametrize(
    ("question", "typed", "values"),
    [
        (ask("name"), {"main": "山田　花子"}, [Value("山田 花子")]),
        (
            ask("name", split=True, kana=True),
            {"main": "山田", "given": "花子", "kana": "やまだ　はなこ"},
            [Value("山田 花子"), Value("ヤマダ ハナコ", part="kana")],
        ),
        (ask("phone"), {"main": "０９０１２３４１１１１"}, [Value("09012341111")]),
        (
            ask("email", confirm=True),
            {"main": "h@example.jp", "again": "Ｈ@example.jp"},
            [Value("h@example.jp")],
        ),
        (ask("postal_code"), {"main": "〒１００－０００５"}, [Value("100-0005")]),
        (
            ask("address"),
            {"main": "東京都千代田区丸の内1-1", "building": "繋ビル　3F"},
            [Value("東京都千代田区丸の内1-1 繋ビル 3F")],
        ),
        (
            ask("birthday"),
            {"main": "昭和60年11月22日"},
            [Value("1985/11/22", date=dt.date(1985, 11, 22))],
        ),
        (ask("birthday"), {"main": "11/22"}, [Value("11/22")]),
        (ask("text"), {"main": " 午前 "}, [Value("午前")]),
        (ask("long_text"), {"main": "一\r\n二"}, [Value("一\n二")]),
        (
            ask("number", unit="個", least=1, most=9),
            {"main": "３"},
            [Value("3個", number=3.0)],
        ),
        (
            ask("date"),
            {"main": "2026-11-22"},
            [Value("2026/11/22", date=dt.date(2026, 11, 22))],
        ),
        (ask("single", **CHOICES), {"main": "b"}, [Value("夜", choice="b")]),
        (
            ask("multiple", **CHOICES),
            {"main": ["b", "a"]},
            [Value("朝", choice="a"), Value("夜", choice="b")],
        ),
        (ask("consent"), {"main": "on"}, [Value("同意する", choice="yes")]),
        (ask("hidden", param="src"), {"main": "spring"}, [Value("spring")]),
        (ask("hidden", param="src"), {"main": "x" * 201}, []),
    ],
)
def test_what_is_typed_becomes_values(
    question: Question, typed: dict[str, Any], values: list[Value]
) -> None:
    assert answer(question, **typed) == values


@pytest.mark.parametrize(
    ("question", "typed", "told"),
    [
        (ask("name"), {}, "質問が入力されていません。入力してください。"),
        (ask("name", split=True), {"main": "山田"}, "名が入力されていません。"),
        (
            ask("name", kana=True),
            {"main": "山田", "kana": "yamada"},
            "フリガナに使えない",
        ),
        (ask("phone"), {"main": "12"}, "電話番号として使えない番号です。"),
        (ask("email", confirm=True), {"main": "h@example.jp"}, "一致しません。"),
        (ask("postal_code"), {"main": "123"}, "7桁の数字"),
        (ask("birthday"), {"main": "2999/1/1"}, "未来か、古すぎる日付"),
        (ask("text"), {"main": "あ" * 501}, "500文字を超えています（501文字）"),
        (ask("text"), {"main": "a\x1bb"}, "制御文字"),
        (ask("number"), {"main": "三つ"}, "数値として読み取れません。"),
        (ask("number", least=1), {"main": "0"}, "1以上の数字を入力してください。"),
        (ask("number", most=9), {"main": "10"}, "9以下の数字を入力してください。"),
        (ask("date"), {"main": "いつか"}, "日付として読み取れません。"),
        (ask("single", **CHOICES), {}, "質問が選ばれていません。選んでください。"),
        (
            ask("single", **CHOICES),
            {"main": "z"},
            "選んだ選択肢がこの質問にありません。",
        ),
        (
            ask("multiple", **CHOICES),
            {"main": ["z"]},
            "選んだ選択肢がこの質問にありません。",
        ),
        (ask("consent"), {}, "「質問」にチェックを入れてください。"),
    ],
)
def test_what_is_wrong_is_told(
    question: Question, typed: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        answer(question, **typed)
    assert told in "".join(caught.value.messages)


def test_the_shops_own_words_for_what_is_missing() -> None:
    question = Question("text", "ご要望", id="q1", error="ぜひお聞かせください。")
    with pytest.raises(ValidationError, match="ぜひお聞かせください。"):
        answer(question)


@pytest.mark.parametrize(
    ("kind", "text", "masked"),
    [
        ("name", "山田 花子", "山***"),
        ("phone", "09012341111", "090-****-1111"),
        ("email", "hanako@example.jp", "ha***@example.jp"),
        ("postal_code", "100-0005", "100-****"),
        ("address", "東京都千代田区", "東***"),
        ("birthday", "1985/11/22", "****/**/**"),
        ("text", "午前", "午前"),
    ],
)
def test_what_says_who_somebody_is_is_masked(kind: str, text: str, masked: str) -> None:
    assert get_kind(kind).mask(text) == masked


def test_choices_keep_their_ids_when_words_are_corrected() -> None:
    form = get_kind("single").settings_form
    before = CHOICES

    def kept(lines: str) -> list[tuple[str, str]]:
        typed = form({"choices": lines})
        assert typed.is_valid()
        return [(each["id"], each["label"]) for each in typed.kept(before)["choices"]]

    assert kept("夜\n朝") == [("b", "夜"), ("a", "朝")]
    assert kept("朝\n夜間") == [("a", "朝"), ("b", "夜間")]
    new = kept("朝\n昼\n夜")
    assert [key for key, _label in new][::2] == ["a", "b"] and len(new[1][0]) == 10
    assert kept("朝\n昼\n夜") == new


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", "選択肢がありません。"),
        ("朝\nア\nｱ", "同じ選択肢が2つあります。"),
        ("\n".join(map(str, range(51))), "50個を超えています（51個）"),
        ("あ" * 101, "100文字を超える選択肢があります。"),
    ],
)
def test_choices_that_cannot_be(lines: str, told: str) -> None:
    typed = get_kind("multiple").settings_form({"choices": lines})
    assert not typed.is_valid() and told in str(typed.errors["choices"])


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("number", {"least": "5", "most": "1"}, "最大値が最小値より小さく"),
        ("consent", {"url": "http://example.jp"}, "https:// から入力"),
        ("consent", {"url": "javascript:alert(1)"}, "https:// から入力"),
        ("hidden", {"param": "Src"}, "使えない名前です。"),
        ("hidden", {"param": "liff"}, "この名前はLINEが使う"),
        ("hidden", {"param": "test"}, "この名前はLINEが使う"),
    ],
)
def test_settings_that_cannot_be(kind: str, data: dict[str, str], told: str) -> None:
    typed = get_kind(kind).settings_form(data)
    assert not typed.is_valid() and told in str(typed.errors)


class Stars(FieldKind):
    label = "星の数"


def test_an_app_above_hands_in_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{__name__}.Stars"
    hand_in(monkeypatch, extensions, FormsExtension("rpa", field_kinds={"stars": path}))
    monkeypatch.setattr(registry, "_loaded", {})
    assert isinstance(list_kinds()["stars"], Stars)
    assert list(list_kinds())[:-1] == list(KINDS) and registry.has_kind("stars")


def test_every_kind_has_a_picture_that_is_there() -> None:
    assert {key for key, kind in list_kinds().items() if draw_icon(kind.icon)} == set(
        list_kinds()
    )
