"""The editor of a form: its settings and its questions in order, and what the buttons between them do."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import Switch
from forms_builder.models import Field, Form
from forms_builder.screens.forms import SettingsForm, build_text_field
from forms_builder.screens.preview_model import (
    Question,
    Sketch,
    list_default_questions,
    list_questions,
)

MOST_QUESTIONS = 20
ONCE = (Field.Kind.NAME, Field.Kind.PHONE, Field.Kind.EMAIL)


class QuestionForm(forms.Form):
    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=Field.Kind.choices, widget=forms.HiddenInput)
    label = build_text_field(gettext_lazy("表示名"), 60)
    is_required = forms.BooleanField(
        label=gettext_lazy("必須"), required=False, widget=Switch
    )

    def kind_label(self) -> str:
        return str(dict(Field.Kind.choices).get(str(self["kind"].value()), ""))


class Editor:
    """The settings and the questions together, from the table, from what was typed, or from both after a move."""

    def __init__(self, settings: SettingsForm, questions: list[QuestionForm]) -> None:
        self.settings, self.questions = settings, questions
        self.error = ""

    @classmethod
    def of(cls, form: Form | None) -> "Editor":
        """Build the editor of a form, ready to be changed; for None ready to be filled in."""
        if form is None:
            return cls(
                SettingsForm(initial={"title": _("ご本人確認")}),
                build_question_forms(list_default_questions()),
            )
        initial = {
            name: getattr(form, name) for name in ("name", "title", "intro", "thanks")
        }
        initial["account"] = form.account.public_id
        initial["add_tags"] = [tag.public_id for tag in form.tags_to(remove=False)]
        initial["remove_tags"] = [tag.public_id for tag in form.tags_to(remove=True)]
        return cls(
            SettingsForm(initial=initial), build_question_forms(list_questions(form))
        )

    @classmethod
    def typed(cls, data: QueryDict) -> "Editor":
        """Build the editor from what was typed, bound: to be checked and saved."""
        return cls(
            SettingsForm(data),
            [QuestionForm(data, prefix=f"q{n}") for n in range(count_questions(data))],
        )

    @classmethod
    def moved(cls, data: QueryDict, questions: list[Question]) -> "Editor":
        """Build the editor from what was typed, unchecked, with the questions in another order."""
        many = ("add_tags", "remove_tags")
        initial = {
            name: data.getlist(name) if name in many else data.get(name, "")
            for name in SettingsForm.base_fields
        }
        return cls(SettingsForm(initial=initial), build_question_forms(questions))

    def is_valid(self) -> bool:
        fine = [
            self.settings.is_valid(),
            *(question.is_valid() for question in self.questions),
        ]
        kinds = [q.cleaned_data.get("kind") for q in self.questions if q.is_valid()]
        if not self.questions:
            self.error = _(
                "項目がありません。お客様に入力していただく項目を1つ以上追加してください。"
            )
        elif any(kinds.count(kind) > 1 for kind in ONCE):
            self.error = _(
                "同じ種類の項目が2つあります。氏名・電話番号・メールアドレスは1つずつにしてください。"
            )
        elif not {Field.Kind.PHONE, Field.Kind.EMAIL} & set(kinds) and all(fine):
            self.error = _(
                "電話番号もメールアドレスもないため、カートと照合できません。どちらかの項目を追加してください。"
            )
        return all(fine) and not self.error

    @property
    def has_errors(self) -> bool:
        forms_of_it = (self.settings, *self.questions)
        return bool(self.error) or any(
            each.is_bound and each.errors for each in forms_of_it
        )

    def wanted(self) -> list[Question]:
        rows = [question.cleaned_data for question in self.questions]
        return [
            Question(row["kind"], row["label"], row["is_required"], row["pk"] or 0)
            for row in rows
        ]

    def addable(self) -> list[tuple[str, str]]:
        present = {str(question["kind"].value()) for question in self.questions}
        return [
            (kind.value, str(kind.label))
            for kind in Field.Kind
            if kind not in ONCE or kind.value not in present
        ]


def build_question_forms(questions: list[Question]) -> list[QuestionForm]:
    return [
        QuestionForm(
            prefix=f"q{n}",
            initial={
                "pk": each.pk or "",
                "kind": each.kind,
                "label": each.label,
                "is_required": each.is_required,
            },
        )
        for n, each in enumerate(questions)
    ]


def count_questions(data: Mapping[str, Any]) -> int:
    given = str(data.get("questions", ""))
    return (
        min(int(given), MOST_QUESTIONS)
        if given.isascii() and given.isdigit() and len(given) < 4
        else 0
    )


def parse_questions(data: QueryDict) -> list[Question]:
    """Return the questions as typed, unchecked; what names no kind is left out."""
    rows = []
    for prefix in (f"q{n}-" for n in range(count_questions(data))):
        kind, pk = str(data.get(f"{prefix}kind", "")), str(data.get(f"{prefix}pk", ""))
        if kind in Field.Kind.values:
            number = int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 18 else 0
            label = str(data.get(f"{prefix}label", ""))
            rows.append(Question(kind, label, f"{prefix}is_required" in data, number))
    return rows


def parse_sketch(data: QueryDict) -> Sketch:
    return Sketch(
        str(data.get("title", ""))[:100],
        str(data.get("intro", ""))[:1000],
        parse_questions(data),
    )


def move_question(
    questions: list[Question], how: str
) -> tuple[list[Question], int, str]:
    """Apply ``up:2``, ``down:2``, ``remove:2`` or ``add:phone`` to the questions.

    Return the questions, the index of the one to look at (-1: none), and the message to show.
    """
    verb, _colon, what = how.partition(":")
    rows = list(questions)
    if verb == "add" and what in Field.Kind.values and len(rows) < MOST_QUESTIONS:
        rows.append(Question(what, str(Field.Kind(what).label)))
        return (
            rows,
            len(rows) - 1,
            _("「%(label)s」を追加しました。") % {"label": rows[-1].label},
        )
    if not (
        what.isascii() and what.isdigit() and len(what) < 4 and int(what) < len(rows)
    ):
        return rows, -1, ""
    at = int(what)
    if verb == "remove":
        gone = rows.pop(at)
        return (
            rows,
            min(at, len(rows) - 1),
            _("「%(label)s」を取り除きました。") % {"label": gone.label},
        )
    to = at + {"up": -1, "down": 1}.get(verb, 0)
    if to == at or not 0 <= to < len(rows):
        return rows, at, ""
    rows[at], rows[to] = rows[to], rows[at]
    return (
        rows,
        to,
        _("「%(label)s」を%(n)s番目に移動しました。")
        % {"label": rows[to].label, "n": to + 1},
    )
