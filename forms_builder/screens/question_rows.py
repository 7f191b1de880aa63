"""One question in the editor: what every kind has, and what its own kind asks about it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import Switch
from forms_builder.fields.consent import AGREED
from forms_builder.questions.base import FieldKind
from forms_builder.questions.choices import ChoiceKind
from forms_builder.questions.question import (
    KEY,
    NOWHERE,
    OWN_ITEM,
    Choice,
    Question,
    build_display_condition,
)
from forms_builder.questions.registry import get_kind
from forms_builder.screens.forms import build_text_field
from members.attributes.definitions import get_attribute_key, list_attributes
from members.models import Attribute

# What was typed about one question, by the names of its inputs without their prefix.
Raw = Mapping[str, str]
SETTINGS = "s-"


class QuestionForm(forms.Form):
    """What every kind has. ``offers`` are the pairs of the two selects."""

    key = forms.CharField(required=False, widget=forms.HiddenInput)
    kind = forms.CharField(widget=forms.HiddenInput)
    label = build_text_field(gettext_lazy("表示名"), 100)
    is_required = forms.BooleanField(
        label=gettext_lazy("必須"), required=False, widget=Switch
    )
    help = build_text_field(
        gettext_lazy("補足説明"),
        300,
        required=False,
        help_text=gettext_lazy("表示名の下に出ます。空欄なら決まった説明を出します。"),
    )
    error = build_text_field(
        gettext_lazy("未入力のときのメッセージ"), 200, required=False
    )
    writes = forms.ChoiceField(label=gettext_lazy("回答の反映先"), required=False)
    shown_when = forms.ChoiceField(
        label=gettext_lazy("表示する条件"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy(
                "条件に選んだ質問か選択肢が、この項目より前にありません。選び直してください。"
            )
        },
    )

    def __init__(
        self,
        *args: Any,
        targets: Sequence[tuple[str, str]],
        conditions: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, pairs in (("writes", targets), ("shown_when", conditions)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = list(pairs)


class QuestionRow:
    """The form of a question and the settings of its kind together; ``before``: the settings that are stored."""

    def __init__(
        self,
        prefix: str,
        raw: Raw,
        before: Mapping[str, Any],
        earlier: Sequence[Question],
        data: Any = None,
    ) -> None:
        self.type: FieldKind = get_kind(raw["kind"])
        self.before = before
        options: dict[str, Any] = {"data": data} if data is not None else {}
        self.targets = list_targets(self.type)
        self.form = QuestionForm(
            prefix=prefix,
            initial=None if data is not None else dict(raw),
            targets=[(key, words) for key, words, _kind in self.targets],
            conditions=list_conditions(earlier),
            **options,
        )
        own = {
            name.removeprefix(SETTINGS): text
            for name, text in raw.items()
            if name.startswith(SETTINGS)
        }
        self.settings = self.type.settings_form(
            prefix=f"{prefix}-s", initial=None if data is not None else own, **options
        )
        self.own = own

    def is_valid(self) -> bool:
        fine = [self.form.is_valid(), self.settings.is_valid()]
        if all(fine):
            self.check_target()
        return not self.form.errors and not self.settings.errors

    def check_target(self) -> None:
        """Say when the item that takes the answer does not have one of the choices."""
        target = self.form.cleaned_data["writes"]
        attribute = next((a for key, _w, a in self.targets if key == target), None)
        if not attribute or attribute.kind != Attribute.Kind.CHOICE:
            return
        own = [each.label for each in self.question.choices]
        if unknown := [each for each in own if each not in attribute.choices]:
            words = _(
                "会員情報項目「%(item)s」に「%(choice)s」という選択肢がありません。同じ選択肢にするか、反映先を変えてください。"
            )
            said = words % {"item": attribute.label, "choice": unknown[0]}
            self.form.add_error("writes", said)

    @property
    def question(self) -> Question:
        """The question as typed; what is wrong with it is left out."""
        form, kept = self.form, {}
        if self.settings.is_bound:
            kept = self.settings.kept(self.before) if self.settings.is_valid() else {}
        value = {
            name: form.cleaned_data.get(name, "")
            if form.is_bound and form.is_valid()
            else form[name].value() or ""
            for name in form.fields
        }
        asked, _colon, choice = str(value["shown_when"]).partition(":")
        return Question(
            kind=self.type.key,
            label=str(value["label"]),
            is_required=bool(value["is_required"]),
            id=read_key(str(value["key"])),
            help=str(value["help"]),
            error=str(value["error"]),
            settings=kept or self.type.settings_form.draft(self.own, self.before),
            writes=str(value["writes"]),
            shown_when=build_display_condition(asked, choice) if choice else None,
        )

    def visible_fields(self) -> Iterable[forms.BoundField]:
        yield from self.form.visible_fields()
        yield from self.settings.visible_fields()

    @property
    def has_errors(self) -> bool:
        return any(
            each.is_bound and bool(each.errors) for each in (self.form, self.settings)
        )

    @property
    def opened(self) -> bool:
        """Whether the details are unfolded: something in them is wrong, or has to be filled in."""
        return any(each.errors for each in self.visible_fields() if each.form.is_bound)


def read_key(text: str) -> str:
    return text if KEY.fullmatch(text) else ""


def list_targets(kind: FieldKind) -> list[tuple[str, str, Attribute | None]]:
    """Return where an answer of this kind can go: key, words, and the attribute where it is one."""
    found: list[tuple[str, str, Attribute | None]] = []
    attributes = [each for each in list_attributes() if not each.archived_at]
    for each in attributes:
        if kind.item and each.system == kind.item:
            found.append(
                (OWN_ITEM, _("会員の「%(item)s」") % {"item": each.label}, None)
            )
    found.append((NOWHERE, _("反映しない（回答だけに残す）"), None))
    for each in attributes:
        if each.kind in kind.attributes and each.system in ("", "gender"):
            words = _("会員情報項目「%(item)s」") % {"item": each.label}
            found.append((get_attribute_key(each), words, each))
    return found


def list_conditions(earlier: Sequence[Question]) -> list[tuple[str, str]]:
    """Return when a question can be shown: always, or by a choice of one before that always stands there."""
    found = [("", _("いつも表示する"))]
    for each in earlier:
        if each.shown_when or not each.id:
            continue
        choices = each.choices if isinstance(each.type, ChoiceKind) else []
        if each.kind == "consent":
            choices = [Choice(AGREED, _("同意する"))]
        words = _("「%(question)s」が「%(answer)s」のとき")
        found += [
            (
                f"{each.id}:{choice.id}",
                words % {"question": each.label, "answer": choice.label},
            )
            for choice in choices
        ]
    return found


def write_raw(question: Question) -> dict[str, str]:
    """Return what the inputs hold for a question that is stored."""
    asked, choices = question.awaited
    raw = {
        "key": question.id,
        "kind": question.kind,
        "label": question.label,
        "help": question.help,
        "error": question.error,
        "writes": question.writes
        if question.writes != OWN_ITEM or question.type.item
        else NOWHERE,
        "shown_when": f"{asked}:{choices[0]}" if choices else "",
    }
    if question.is_required:
        raw["is_required"] = "on"
    shown = question.type.settings_form.shown(question.settings)
    return raw | {
        f"{SETTINGS}{name}": value for name, value in shown.items() if value is not None
    }
