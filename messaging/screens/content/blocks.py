"""The bubbles after the first, as fields: one small form for each, added, moved and taken out without JavaScript.

The page sends ``bubble`` once for each, as "number:kind", in their order, and the fields of each under its own prefix.
A button named ``edit`` ("add:image", "up:2", "down:2", "remove:2", "column:2", "uncolumn:2") changes the list and shows
the page again; nothing is saved then.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.numbers import parse_number
from messaging.content.bubbles import (
    DEEDS,
    KINDS,
    MOST_ACTIONS,
    MOST_COLUMNS,
    MOST_QUICK,
    Bubble,
)
from messaging.content.images import store_image

SPARE_QUICK = 3
ANSWERED = "bubbles-shown"


class Block(forms.Form):
    """The fields of a text, a picture, buttons, or one card of a carousel."""

    title = forms.CharField(label=_("見出し"), max_length=40, required=False)
    text = forms.CharField(
        label=_("文章"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-width": "full"}),
    )
    image = forms.CharField(required=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label=_("画像ファイル"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_("JPEGかPNG、10MBまで。撮影場所などの情報は取り除きます。"),
    )

    def __init__(
        self,
        *args: Any,
        names: tuple[str, ...],
        actions: int,
        openable: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in {"title", "text", "image", "file"} - set(names):
            del self.fields[name]
        self.actions = actions
        for number in range(actions):
            self.add_action(number, openable)

    def add_action(self, number: int, openable: Any) -> None:
        label = {"n": number + 1}
        self.fields[f"label{number}"] = forms.CharField(
            label=gettext("ボタン%(n)sの文字") % label, max_length=20, required=False
        )
        self.fields[f"do{number}"] = forms.ChoiceField(
            label=gettext("ボタン%(n)sの動作") % label,
            choices=[*DEEDS.items(), *openable],
            required=False,
        )
        self.fields[f"value{number}"] = forms.CharField(
            label=gettext("ボタン%(n)sのリンク先か、送る言葉") % label,
            max_length=1000,
            required=False,
        )

    @property
    def action_rows(self) -> Iterator[tuple[Any, Any, Any]]:
        for number in range(self.actions):
            yield self[f"label{number}"], self[f"do{number}"], self[f"value{number}"]

    @property
    def picture(self) -> str:
        return str(self["image"].value() or "") if "image" in self.fields else ""

    def read(self) -> Bubble:
        """Return what was typed as the part of a bubble that it is."""
        found: Bubble = {}
        for name in ("title", "text", "image"):
            if name in self.fields:
                typed = str(self[name].value() or "")
                found[name] = typed.replace("\r\n", "\n").strip()
        if self.actions:
            found["actions"] = list(self.read_actions())
        return found

    def read_actions(self) -> Iterator[Bubble]:
        """Yield the actions of which something was typed."""
        for label, do, value in self.action_rows:
            typed = [str(each.value() or "").strip() for each in (label, do, value)]
            deed, _colon, form_id = typed[1].partition(":")
            if deed == "form" and typed[0]:
                yield {"label": typed[0], "do": "form", "value": form_id}
            elif typed[0] or typed[2]:
                yield {"label": typed[0], "do": deed or "url", "value": typed[2]}


FIELDS: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "image": ("image", "file"),
    "buttons": ("title", "text", "image", "file"),
    "carousel": ("title", "text", "image", "file"),
    "quick": (),
}


def list_initial(block: Bubble) -> dict[str, Any]:
    """Return the fields of a stored block."""
    values = {name: block.get(name, "") for name in ("title", "text", "image")}
    for number, action in enumerate(block.get("actions", [])):
        is_form = action["do"] == "form"
        values[f"label{number}"] = action["label"]
        values[f"do{number}"] = f"form:{action['value']}" if is_form else action["do"]
        values[f"value{number}"] = "" if is_form else action["value"]
    return values


class Row:
    """One bubble of the page: its number in the names of fields, its kind, and its forms (a carousel has several)."""

    def __init__(
        self, number: int, kind: str, blocks: list[Bubble], openable: Any
    ) -> None:
        self.number, self.kind, self.openable = number, kind, openable
        self.blocks = [self.make(at, block) for at, block in enumerate(blocks)]

    def make(self, at: int, block: Bubble) -> Block:
        most = MOST_ACTIONS.get(self.kind, 0)
        if self.kind == "quick":
            most = min(len(block.get("actions", [])) + SPARE_QUICK, MOST_QUICK)
        return Block(
            prefix=f"b{self.number}c{at}",
            initial=list_initial(block),
            names=FIELDS[self.kind],
            actions=most,
            openable=self.openable,
        )

    @property
    def label(self) -> Any:
        return KINDS.get(self.kind, "")

    @property
    def may_grow(self) -> bool:
        return self.kind == "carousel" and len(self.blocks) < MOST_COLUMNS

    @property
    def may_shrink(self) -> bool:
        return self.kind == "carousel" and len(self.blocks) > 1

    def read(self) -> Bubble:
        if self.kind == "carousel":
            return {
                "kind": "carousel",
                "columns": [each.read() for each in self.blocks],
            }
        return {"kind": self.kind, **self.blocks[0].read()}


class BubbleRows:
    """The bubbles after the first, read from the page or from a content, and changed by its buttons."""

    def __init__(self, bubbles: list[Bubble], openable: Any) -> None:
        self.openable = [(f"form:{each.public_id}", each.label) for each in openable]
        quick = [each for each in bubbles if each["kind"] == "quick"]
        rest = [each for each in bubbles if each["kind"] != "quick"]
        self.rows = [
            Row(number, each["kind"], each.get("columns", [each]), self.openable)
            for number, each in enumerate(rest)
        ]
        self.quick = Row(99, "quick", quick[:1] or [{}], self.openable)
        self.kinds = KINDS.items()

    @property
    def may_add(self) -> bool:
        return len(self.rows) < 4

    def read(self) -> list[Bubble]:
        """Return the bubbles as a content stores them."""
        replies = self.quick.read()
        return [
            *(row.read() for row in self.rows),
            *([replies] if replies["actions"] else []),
        ]


def read_rows(
    data: QueryDict, files: Mapping[str, Any], openable: Any
) -> tuple[BubbleRows, list[str]]:
    """Return the bubbles that the page sent, and what is wrong with the pictures that came with it.

    A picture is stored at once, so that it is not lost when the page is shown again.
    """
    values, wrong = data.copy(), []
    for name in files:
        if name.endswith("-file"):
            try:
                image = store_image(files[name].read())
                values[name.removesuffix("file") + "image"] = image.token
            except ValidationError as error:
                wrong += error.messages
    found = [
        read_posted(values, *each.split(":", 1))
        for each in data.getlist("bubble")
        if ":" in each
    ]
    quick = read_block(values, "b99c0", "quick")
    kept = [each for each in found if each]
    return BubbleRows(
        [*kept, *([{"kind": "quick", **quick}] if quick["actions"] else [])], openable
    ), wrong


def read_posted(values: QueryDict, number: str, kind: str) -> Bubble | None:
    if kind not in KINDS:
        return None
    if kind != "carousel":
        return {"kind": kind, **read_block(values, f"b{number}c0", kind)}
    count = min(len(values.getlist(f"b{number}-card")), MOST_COLUMNS) or 1
    return {
        "kind": kind,
        "columns": [read_block(values, f"b{number}c{at}", kind) for at in range(count)],
    }


def read_block(values: QueryDict, prefix: str, kind: str) -> Bubble:
    most = MOST_QUICK if kind == "quick" else MOST_ACTIONS.get(kind, 0)
    asked = [(f"form:{each}", each) for each in list_forms_named(values)]
    block = Block(
        values, prefix=prefix, names=FIELDS[kind], actions=most, openable=asked
    )
    return block.read()


def list_forms_named(values: QueryDict) -> list[str]:
    texts = [str(value) for value in values.values()]
    return [text[5:] for text in texts if text.startswith("form:")]


def change_rows(rows: BubbleRows, deed: str, openable: Any) -> BubbleRows:
    """Return the bubbles after a button was pressed; what cannot be done changes nothing."""
    do, _colon, what = deed.partition(":")
    bubbles = rows.read()
    shown = [each for each in bubbles if each["kind"] != "quick"]
    quick = bubbles[len(shown) :]
    place = parse_number(what, digits=3)
    at = place if place is not None and place < len(shown) else -1
    if do == "add" and what in KINDS and len(shown) < 4:
        blank: Bubble = {"title": "", "text": "", "image": "", "actions": []}
        columns = (
            {"columns": [dict(blank), dict(blank)]} if what == "carousel" else blank
        )
        shown.append({"kind": what, **columns})
    elif at < 0:
        return rows
    elif do == "remove":
        del shown[at]
    elif do == "up" and at:
        shown[at - 1 : at + 1] = shown[at], shown[at - 1]
    elif do == "down" and at + 1 < len(shown):
        shown[at : at + 2] = shown[at + 1], shown[at]
    elif do == "column" and len(shown[at].get("columns", [])) in range(1, MOST_COLUMNS):
        shown[at]["columns"].append(
            {"title": "", "text": "", "image": "", "actions": []}
        )
    elif do == "uncolumn" and len(shown[at].get("columns", [])) > 1:
        shown[at]["columns"].pop()
    return BubbleRows([*shown, *quick], openable)
