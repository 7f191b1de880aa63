"""The bubbles of a LINE message: what each kind holds, and what LINE asks of it.

A content's ``text`` is its first bubble, where it is not blank; ``bubbles`` are those after it, each a dict:

- ``{"kind": "text", "text"}`` and ``{"kind": "image", "image"}`` (the token of a MessageImage)
- ``{"kind": "buttons", "title", "text", "image", "actions"}``; title and image may be blank
- ``{"kind": "carousel", "columns": [{"title", "text", "image", "actions"}, …]}``
- ``{"kind": "quick", "actions"}``: the quick replies, last; no bubble of its own

An action is ``{"label", "do", "value"}``: "url" opens the value, "say" writes it into the conversation, "form" opens
the form of this public id. Lengths: LINE's reference of message objects.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.content.merge import (
    check_fields,
    count_units,
    estimate_units,
    list_fields,
)

Bubble = dict[str, Any]
KINDS = {
    "text": gettext_lazy("テキスト"),
    "image": gettext_lazy("画像"),
    "buttons": gettext_lazy("ボタン"),
    "carousel": gettext_lazy("カルーセル"),
}
DEEDS = {"url": gettext_lazy("リンクを開く"), "say": gettext_lazy("言葉を送る")}
MOST_BUBBLES, MOST_COLUMNS, MOST_QUICK = 5, 10, 13
LONGEST_TEXT = 5000
LONGEST_TITLE, LONGEST_LABEL, LONGEST_SAID, LONGEST_URL = 40, 20, 300, 1000
# The text of buttons and of a column: alone, and under a title or an image.
LONGEST = {"buttons": (160, 60), "carousel": (120, 60)}
MOST_ACTIONS = {"buttons": 4, "carousel": 3}
SCHEMES = ("https://", "http://", "line://", "tel:")


def check_bubbles(
    text: str, bubbles: Sequence[Bubble], form_ids: Sequence[str]
) -> None:
    """Raise ValidationError with every cause and remedy, each naming its bubble; ``form_ids``: what can be opened.

    The first text is checked by check_text.
    """
    shown = [bubble for bubble in bubbles if bubble["kind"] != "quick"]
    errors = []
    if not text and not shown:
        errors.append(_("本文が入力されていません。送る文章を入力してください。"))
    if len(shown) + bool(text) > MOST_BUBBLES:
        errors.append(_("吹き出しは5つまでです。減らしてください。"))
    for number, bubble in enumerate(shown, 2 if text else 1):
        where = _("吹き出し%(n)s：") % {"n": number}
        errors += [where + fault for fault in find_faults(bubble, form_ids)]
    for bubble in bubbles:
        if bubble["kind"] == "quick":
            where = _("クイックリプライ：")
            faults = find_action_faults(bubble["actions"], form_ids, 1, MOST_QUICK)
            errors += [where + fault for fault in faults]
    if errors:
        raise ValidationError(errors)


def find_faults(bubble: Bubble, form_ids: Sequence[str]) -> Iterator[str]:
    """Yield what LINE would refuse in one bubble."""
    kind = bubble["kind"]
    if kind == "text":
        yield from find_text_faults(bubble["text"], LONGEST_TEXT)
    elif kind == "image":
        if not bubble["image"]:
            yield _("画像が選ばれていません。画像ファイルを選んでください。")
    elif kind == "buttons":
        yield from find_block_faults(bubble, form_ids, "buttons")
    else:
        yield from find_carousel_faults(bubble["columns"], form_ids)


def find_carousel_faults(
    columns: Sequence[Bubble], form_ids: Sequence[str]
) -> Iterator[str]:
    if not 1 <= len(columns) <= MOST_COLUMNS:
        yield _("カルーセルのカードは1枚から10枚までです。")
        return
    for number, column in enumerate(columns, 1):
        where = _("カード%(n)s：") % {"n": number}
        for fault in find_block_faults(column, form_ids, "carousel"):
            yield where + fault
    # LINE shows no carousel whose cards are not alike.
    if len({len(column["actions"]) for column in columns}) > 1:
        yield _("カードのボタンの数をそろえてください。")
    if len({(bool(each["title"]), bool(each["image"])) for each in columns}) > 1:
        yield _("見出しと画像は、すべてのカードに付けるか、すべて外してください。")


def find_block_faults(
    block: Bubble, form_ids: Sequence[str], kind: str
) -> Iterator[str]:
    """Yield what LINE would refuse in buttons or in one card of a carousel."""
    plain, short = LONGEST[kind]
    limit = short if block["title"] or block["image"] else plain
    yield from find_text_faults(block["text"], limit)
    if count_units(block["title"]) > LONGEST_TITLE:
        yield _("見出しは%(limit)s文字までです。短くしてください。") % {
            "limit": LONGEST_TITLE
        }
    yield from find_action_faults(block["actions"], form_ids, 1, MOST_ACTIONS[kind])


def find_text_faults(text: str, limit: int) -> Iterator[str]:
    if not text:
        yield _("文章が入力されていません。文章を入力してください。")
    if (length := estimate_units(text)) > limit:
        said = _(
            "文章が%(length)s文字分あります。上限は%(limit)s文字です。短くしてください。"
        )
        yield said % {"length": f"{length:,}", "limit": f"{limit:,}"}
    yield from check_fields(text)


def find_action_faults(
    actions: Sequence[Bubble], form_ids: Sequence[str], least: int, most: int
) -> Iterator[str]:
    if not least <= len(actions) <= most:
        yield _("ボタンは%(least)s個から%(most)s個までです。") % {
            "least": least,
            "most": most,
        }
    for action in actions:
        label, value = action["label"], action["value"]
        name = {"label": label or "…"}
        if not 1 <= count_units(label) <= LONGEST_LABEL:
            yield _("ボタン「%(label)s」の文字は、1文字から20文字までです。") % name
        if action["do"] == "url" and not is_good_url(value):
            yield (
                _(
                    "ボタン「%(label)s」のリンク先は、https://で始まる1,000文字までのURLにしてください。"
                )
                % name
            )
        if action["do"] == "say" and not 1 <= count_units(value) <= LONGEST_SAID:
            yield (
                _("ボタン「%(label)s」で送る言葉は、1文字から300文字までです。") % name
            )
        if action["do"] == "form" and value not in form_ids:
            yield (
                _("ボタン「%(label)s」のフォームがありません。選び直してください。")
                % name
            )


def is_good_url(url: str) -> bool:
    return url.startswith(SCHEMES) and len(url) <= LONGEST_URL and " " not in url


def walk_texts(bubbles: Sequence[Bubble]) -> Iterator[str]:
    """Yield every text that merge fields may stand in, in reading order."""
    for bubble in bubbles:
        for block in bubble.get("columns", [bubble]):
            yield from (block.get("title", ""), block.get("text", ""))


def walk_actions(bubbles: Sequence[Bubble]) -> Iterator[Bubble]:
    """Yield every action, in reading order."""
    for bubble in bubbles:
        for block in bubble.get("columns", [bubble]):
            yield from block.get("actions", [])


def has_form_field(texts: Sequence[str], bubbles: Sequence[Bubble] = ()) -> bool:
    """Return whether {form} stands in one of the texts or in a bubble, with its own fallback or without."""
    return any("form" in list_fields(text) for text in (*texts, *walk_texts(bubbles)))


def list_form_ids(form_id: str, bubbles: Sequence[Bubble]) -> list[str]:
    """Return the forms that a message leads to, each once: the attached one, then those of its buttons."""
    opened = [each["value"] for each in walk_actions(bubbles) if each["do"] == "form"]
    return list(dict.fromkeys(filter(None, [form_id, *opened])))


def swap_forms(bubbles: Sequence[Bubble], forms: Mapping[str, str]) -> list[Bubble]:
    """Return a copy whose buttons open other forms: ``forms`` maps the public ids of those that go."""
    copy: list[Bubble] = deepcopy(list(bubbles))
    for action in walk_actions(copy):
        if action["do"] == "form":
            action["value"] = forms.get(action["value"], action["value"])
    return copy


def list_image_tokens(bubbles: Sequence[Bubble]) -> set[str]:
    """Return the tokens of the pictures in the bubbles."""
    blocks = [block for each in bubbles for block in each.get("columns", [each])]
    return {block["image"] for block in blocks if block.get("image")}


def describe_bubbles(bubbles: Sequence[Bubble]) -> str:
    """Return the bubbles in plain words, one a line, for the log."""
    lines = []
    for bubble in bubbles:
        if bubble["kind"] == "quick":
            continue
        words = " ".join(text for text in walk_texts([bubble]) if text)
        kind = "" if bubble["kind"] == "text" else f"［{KINDS[bubble['kind']]}］"
        lines.append(f"{kind}{words}")
    return "\n\n".join(lines)
