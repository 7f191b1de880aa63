"""The wiring of a rendered form: label, need, help, error and summary belong to their control."""

from html.parser import HTMLParser

import pytest
from django import forms

from console.forms import (
    DateInput,
    Need,
    SegmentedSelect,
    Switch,
    choose_field_width,
    mark_needs,
)

VOID = {
    "input",
    "br",
    "img",
    "path",
    "circle",
    "rect",
    "line",
    "polyline",
    "meta",
    "link",
}


class Element:
    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Element | str] = []

    def all(self) -> "list[Element]":
        found = [self]
        for child in self.children:
            found += child.all() if isinstance(child, Element) else []
        return found

    @property
    def text(self) -> str:
        return "".join(
            child.strip() if isinstance(child, str) else child.text
            for child in self.children
        )


class Tree(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]
        self.feed(html)
        assert self.open == [self.root], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def find(self, tag: str = "", **attributes: str) -> list[Element]:
        wanted = {
            name.rstrip("_").replace("_", "-"): value
            for name, value in attributes.items()
        }
        return [
            element
            for element in self.root.all()
            if (not tag or element.tag == tag)
            and wanted.items() <= element.attributes.items()
        ]

    def one(self, tag: str = "", **attributes: str) -> Element:
        (found,) = self.find(tag, **attributes)
        return found


class Sample(forms.Form):
    groups = (("配信", ("timing", "agreed")),)
    email = forms.EmailField(label="メールアドレス", help_text="お客様には見えません。")
    note = forms.CharField(label="メモ", required=False, max_length=10)
    timing = forms.ChoiceField(
        label="時期",
        choices=[("now", "すぐに"), ("later", "あとで")],
        widget=forms.RadioSelect,
    )
    agreed = forms.BooleanField(label="確かめました")
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def tree(data: dict[str, str] | None = None) -> Tree:
    return Tree(str(Sample(data)))


def test_label_and_need_stand_above_their_control() -> None:
    page = tree()
    assert page.one("label", for_="id_email").text == "メールアドレス※必須"
    assert page.one("label", for_="id_note").text == "メモ※任意"
    order = [
        element.attributes.get("id") or element.attributes.get("for")
        for element in page.root.all()
        if {element.attributes.get("id"), element.attributes.get("for")}
        & {"id_email", "id_email_helptext"}
    ]
    assert order == ["id_email", "id_email_helptext", "id_email"], (
        "label, help, control"
    )


def test_help_is_read_with_the_control() -> None:
    page = tree()
    assert (
        page.one("input", id="id_email").attributes["aria-describedby"]
        == "id_email_helptext"
    )
    assert page.one(id="id_email_helptext").text == "お客様には見えません。"
    assert "aria-invalid" not in page.one("input", id="id_email").attributes


def test_errors_stand_below_and_are_read_with_the_control() -> None:
    page = tree({"email": "hanako@", "timing": "now", "agreed": "on"})
    control = page.one("input", id="id_email")
    assert control.attributes["aria-describedby"] == "id_email_helptext id_email_error"
    assert control.attributes["aria-invalid"] == "true"
    assert control.attributes["value"] == "hanako@", "what was typed stays"
    assert page.one(id="id_email_error").text == (
        "メールアドレスの形式ではありません。「name@example.jp」の形で入力してください。"
    )
    everything = page.root.all()
    assert everything.index(control) < everything.index(page.one(id="id_email_error"))


def test_summary_links_to_each_field_that_is_wrong() -> None:
    page = tree({"email": ""})
    (summary,) = [
        element for element in page.root.all() if "data-errors" in element.attributes
    ]
    links = [
        (link.attributes["href"], link.text)
        for link in summary.all()
        if link.tag == "a"
    ]
    assert links == [
        ("#id_email", "メールアドレスが入力されていません。入力してください。"),
        ("#id_timing_0", "時期が選ばれていません。選んでください。"),
        (
            "#id_agreed",
            "「確かめました」が選ばれていません。確かめて、チェックを入れてください。",
        ),
    ]
    assert summary.attributes["tabindex"] == "-1"
    assert page.one("h2").text == "3か所を確認してください。"
    ids = {element.attributes.get("id") for element in page.root.all()}
    assert {href.removeprefix("#") for href, _ in links if href} <= ids


def test_a_form_without_errors_has_no_summary() -> None:
    sent = {"email": "hanako@example.jp", "timing": "now", "agreed": "on"}
    for page in (tree(), tree(sent)):
        assert [
            element
            for element in page.root.all()
            if "data-errors" in element.attributes
        ] == []


def test_errors_of_the_whole_form_are_in_the_summary() -> None:
    form = Sample({"email": "a@example.jp", "timing": "now", "agreed": "on"})
    form.add_error(None, "この組み合わせでは送れません。時期を変えてください。")
    form.add_error("token", "画面が古くなっています。開き直してください。")
    items = [element.text for element in Tree(str(form)).find("li")]
    assert items[:2] == [
        "この組み合わせでは送れません。時期を変えてください。",
        "画面が古くなっています。開き直してください。",
    ]


def test_choices_are_a_group_with_a_legend() -> None:
    page = tree({"email": "a@example.jp", "agreed": "on"})
    (group,) = [
        e for e in page.find("fieldset") if e.attributes.get("aria-describedby")
    ]
    assert group.attributes["aria-describedby"] == "id_timing_error"
    assert [e.text for e in group.all() if e.tag == "legend"] == ["時期※必須"]
    assert [e.text for e in group.all() if e.tag == "label"] == ["すぐに", "あとで"]


def test_declared_groups_have_legends_and_keep_every_field_once() -> None:
    page = tree()
    assert [e.text for e in page.find("legend")] == ["配信", "時期※必須"]
    names = [
        e.attributes["name"]
        for e in page.root.all()
        if "name" in e.attributes and e.tag == "input"
    ]
    assert names == ["email", "note", "timing", "timing", "agreed", "token"]


def test_messages_are_escaped() -> None:
    form = Sample({"email": "<script>alert(1)</script>"})
    form.is_valid()
    form.add_error("email", "「<b>」は使えません。")
    assert "<script>" not in str(form)
    assert "「&lt;b&gt;」は使えません。" in str(form)


@pytest.mark.parametrize(
    ("field", "width"),
    [
        (forms.IntegerField(), "xs"),
        (forms.DateField(widget=DateInput), "s"),
        (forms.CharField(max_length=8), "s"),
        (forms.CharField(max_length=40), "m"),
        (forms.EmailField(), "l"),
        (forms.CharField(widget=forms.Textarea), "full"),
        (forms.CharField(widget=forms.TextInput({"data-width": "m"})), "m"),
    ],
)
def test_a_field_is_as_wide_as_what_is_typed(field: forms.Field, width: str) -> None:
    form = type("One", (forms.Form,), {"one": field})()
    assert choose_field_width(form["one"]) == width
    assert f'data-width="{width}"' in str(form)


def test_dates_are_native_and_keep_their_value() -> None:
    form = type("One", (forms.Form,), {"day": forms.DateField(widget=DateInput)})(
        {"day": "2026-11-22"}
    )
    control = Tree(str(form)).one("input", name="day")
    assert (control.attributes["type"], control.attributes["value"]) == (
        "date",
        "2026-11-22",
    )


def test_switch_and_segmented_are_real_controls() -> None:
    fields = {
        "on": forms.BooleanField(label="オン", widget=Switch),
        "kind": forms.ChoiceField(
            choices=[("a", "甲"), ("b", "乙")], widget=SegmentedSelect
        ),
    }
    page = Tree(str(type("Two", (forms.Form,), fields)({"on": "on", "kind": "b"})))
    assert page.one("input", name="on").attributes["type"] == "checkbox"
    assert [("checked" in e.attributes) for e in page.find("input", name="kind")] == [
        False,
        True,
    ]


def test_a_form_says_itself_what_it_asks_for() -> None:
    class Letter(forms.Form):
        way = forms.CharField(required=False)
        text = forms.CharField(required=False)
        at = forms.CharField(required=False)

    letter = Letter()
    mark_needs(letter, way=Need.SILENT, text=Need.REQUIRED, gone=Need.SILENT)
    said = [
        [word for word in ("※必須", "※任意") if word in letter[name].as_field_group()]
        for name in ("way", "text", "at")
    ]
    assert said == [[], ["※必須"], ["※任意"]]
