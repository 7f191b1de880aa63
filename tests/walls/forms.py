"""The forms of a page that post, and what a person would send with each of their buttons."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

Values = dict[str, list[str]]


@dataclass
class Form:
    """Where it posts to ("" is the page itself), its fields, and the buttons that send it elsewhere or with a name."""

    action: str
    fields: Values = field(default_factory=dict)
    # (formaction, name) → value
    buttons: dict[tuple[str, str], str] = field(default_factory=dict)

    def list_posts(self) -> Iterator[tuple[str, Values]]:
        """Yield (address, what is sent) of each button."""
        for (action, name), value in (self.buttons or {("", ""): ""}).items():
            yield action or self.action, self.fields | ({name: [value]} if name else {})


class FormParser(HTMLParser):
    """Collect the forms that post, and the values that a person would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.is_open = False
        self.select = self.area = ""
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_open = given.get("method", "get").lower() == "post"
            if self.is_open:
                self.forms.append(Form(given.get("action", "")))
        elif not self.is_open:
            return
        elif tag == "input":
            self.add_input(given)
        elif tag == "select":
            self.select, self.options = given.get("name", ""), []
        elif tag == "option" and self.select:
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self.area = given.get("name", "")
            self.add(self.area, "")
        elif tag == "button":
            self.add_button(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_open = False
        elif tag == "select" and self.select:
            chosen = [value for value, is_chosen in self.options if is_chosen]
            others = [value for value, _is in self.options if value]
            for value in chosen if any(chosen) else others[:1]:
                self.add(self.select, value)
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area and self.forms:
            self.forms[-1].fields[self.area] = [data.strip()]

    def add_button(self, given: dict[str, str]) -> None:
        if given.get("type", "submit") == "submit":
            key = given.get("formaction", ""), given.get("name", "")
            self.forms[-1].buttons.setdefault(key, given.get("value", ""))

    def add_input(self, given: dict[str, str]) -> None:
        kind, name = given.get("type", "text"), given.get("name", "")
        fields = self.forms[-1].fields
        if kind == "radio":
            if "checked" in given or name not in fields:
                fields[name] = [given.get("value", "on")]
        elif kind == "checkbox":
            # The first of several is ticked, as whoever wants to do something does.
            if "checked" in given or name not in fields:
                self.add(name, given.get("value", "on"))
        elif kind not in ("submit", "file"):
            self.add(name, given.get("value", ""))

    def add(self, name: str, value: str) -> None:
        if name and self.forms:
            self.forms[-1].fields.setdefault(name, []).append(value)
