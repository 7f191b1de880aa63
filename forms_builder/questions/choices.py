"""What single and multiple choice share: the choices, one a line, whose ids outlive a corrected word."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms_builder.questions.base import FieldKind, NoSettings, Value
from forms_builder.questions.question import Question
from members.normalize.names import normalize_label
from members.normalize.text import clean_typed_text

MOST_CHOICES, LONGEST_CHOICE = 50, 100


class ChoiceSettings(NoSettings):
    choices = forms.CharField(
        label=gettext_lazy("選択肢"),
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("1行に1つずつ入力します（50個まで）。"),
        error_messages={
            "required": gettext_lazy(
                "選択肢がありません。1行に1つずつ入力してください。"
            )
        },
    )

    def clean_choices(self) -> list[str]:
        lines = split_choices(self.cleaned_data["choices"])
        if len(lines) > MOST_CHOICES:
            raise ValidationError(
                _("選択肢が50個を超えています（%(n)s個）。50個以内にしてください。")
                % {"n": len(lines)}
            )
        if any(len(line) > LONGEST_CHOICE for line in lines):
            raise ValidationError(
                _("100文字を超える選択肢があります。100文字以内にしてください。")
            )
        if len({normalize_label(line) for line in lines}) < len(lines):
            raise ValidationError(
                _("同じ選択肢が2つあります。どちらかを消してください。")
            )
        return lines

    def kept(self, before: Mapping[str, Any]) -> dict[str, Any]:
        return {"choices": give_ids(self.cleaned_data["choices"], before)}

    @classmethod
    def shown(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        lines = [each["label"] for each in settings.get("choices", [])]
        return {**settings, "choices": "\n".join(lines)}

    @classmethod
    def draft(cls, own: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        lines = split_choices(str(own.get("choices", "")))
        return {"choices": give_ids(lines, before)} if lines else {}


def split_choices(text: str) -> list[str]:
    return [line for line in map(clean_typed_text, text.splitlines()) if line]


def give_ids(lines: Sequence[str], before: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the choices with their ids: of the same words, else of what stood in the same line, else new ones."""
    old = list(before.get("choices", []))
    known = {each["label"]: each["id"] for each in old}
    free = {at: each["id"] for at, each in enumerate(old) if each["label"] not in lines}
    found: list[dict[str, str]] = []
    for at, line in enumerate(lines):
        same_line = free.get(at, "") if len(old) == len(lines) else ""
        taken = {each["id"] for each in found} | set(known.values())
        found.append(
            {"id": known.get(line) or same_line or make_id(line, taken), "label": line}
        )
    return found


def make_id(line: str, taken: Iterable[str]) -> str:
    """Return an id made of the words, so that an editor not saved yet can name the choice."""
    for salt in range(1_000):
        made = hashlib.sha256(f"{normalize_label(line)}{salt or ''}".encode())
        if (found := made.hexdigest()[:10]) not in set(taken):
            return found
    raise ValueError("Too many choices of the same words.")


class ChoiceKind(FieldKind):
    """A choice of several; the widget and how many may be chosen are the kinds' own."""

    attributes: ClassVar[tuple[str, ...]] = ("choice", "text")
    asked_as = "choice"
    grouped = True

    def say_missing(self, question: Question, label: str = "") -> str:
        return question.error or _("%(label)sが選ばれていません。選んでください。") % {
            "label": label or question.label
        }

    def list_options(self, question: Question) -> list[tuple[str, str]]:
        return [(each.id, each.label) for each in question.choices]

    def build_chosen(self, question: Question, chosen: Iterable[str]) -> list[Value]:
        """Return the chosen ones in the order of the form."""
        ids = set(chosen)
        return [
            Value(each.label, choice=each.id)
            for each in question.choices
            if each.id in ids
        ]

    def build_options(self, question: Question, is_required: bool) -> dict[str, Any]:
        gone = _("選んだ選択肢がこの質問にありません。選び直してください。")
        return {
            "label": question.label,
            "required": is_required,
            "help_text": question.help_text,
            "error_messages": {
                "required": self.say_missing(question),
                "invalid_choice": gone,
                "invalid_list": gone,
            },
        }
