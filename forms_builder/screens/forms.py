"""The editor of a form: its settings, and its questions in order."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import Switch
from forms_builder.models import Field, Form
from forms_builder.screens.preview_model import (
    Question,
    Sketch,
    list_default_questions,
    list_questions,
)
from members.models import Tag
from members.tags.names import clean_tag_name, get_or_create_tag
from messaging.models import LineAccount

MOST_QUESTIONS = 20
ONCE = (Field.Kind.NAME, Field.Kind.PHONE, Field.Kind.EMAIL)


def build_text_field(label: Any, longest: int, **options: Any) -> forms.CharField:
    messages = {
        "required": gettext_lazy("入力されていません。入力してください。"),
        "max_length": gettext_lazy(
            "%(limit_value)d文字を超えています（%(show_value)d文字）。%(limit_value)d文字以内にしてください。"
        ),
    }
    return forms.CharField(
        label=label, max_length=longest, error_messages=messages, **options
    )


class TagChoice(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple(attrs={"class": "across tag-choices"})

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.error_messages["invalid_choice"] = gettext_lazy(
            "選んだタグが見つかりません。削除された可能性があります。選び直してください。"
        )


class SettingsForm(forms.Form):
    """What stands beside the questions. Tags are chosen by public id, or made on the spot by name."""

    name = build_text_field(
        gettext_lazy("LIFF管理名"),
        100,
        help_text=gettext_lazy("社内での呼び名です。お客様には表示されません。"),
    )
    account = forms.ChoiceField(label=gettext_lazy("LINEアカウント"))
    title = build_text_field(
        gettext_lazy("タイトル"),
        100,
        help_text=gettext_lazy("お客様の画面のいちばん上に表示されます。"),
    )
    intro = build_text_field(
        gettext_lazy("説明文"),
        1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    thanks = build_text_field(
        gettext_lazy("完了メッセージ"),
        1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "送信後の画面に表示されます。空欄なら「ご回答ありがとうございました。」と表示します。"
        ),
    )
    add_tags = TagChoice(label=gettext_lazy("回答時に付けるタグ"))
    new_add_tag = build_text_field(
        gettext_lazy("新しく作って付けるタグ"), 100, required=False
    )
    remove_tags = TagChoice(label=gettext_lazy("回答時に外すタグ"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags = list(Tag.objects.order_by("name", "pk").values_list("public_id", "name"))
        accounts = list(
            LineAccount.objects.order_by("name", "pk").values_list("public_id", "name")
        )
        self.choice("account").choices = accounts
        self.choice("add_tags").choices = self.choice("remove_tags").choices = tags
        for name in ("add_tags", "remove_tags"):
            if not tags:
                self.fields[name].help_text = _("タグはまだありません。")

    def choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def clean_new_add_tag(self) -> str:
        name = self.cleaned_data["new_add_tag"]
        return clean_tag_name(name) if name else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        both = set(cleaned.get("add_tags", [])) & set(cleaned.get("remove_tags", []))
        if both:
            names = "、".join(
                Tag.objects.filter(public_id__in=both).values_list("name", flat=True)
            )
            raise ValidationError(
                _(
                    "同じタグ（%(names)s）を「付ける」と「外す」の両方に選んでいます。どちらかを外してください。"
                )
                % {"names": names}
            )
        return cleaned

    def chosen(self) -> dict[str, Any]:
        """Return the keyword arguments with which a form is created or changed; a new tag is made now."""
        data = self.cleaned_data
        add = list(Tag.objects.filter(public_id__in=data["add_tags"]))
        if data["new_add_tag"]:
            add.append(get_or_create_tag(data["new_add_tag"]))
        return {
            "account": LineAccount.objects.get(public_id=data["account"]),
            "add": list(dict.fromkeys(add)),
            "remove": list(Tag.objects.filter(public_id__in=data["remove_tags"])),
            **{name: data[name] for name in ("name", "title", "intro", "thanks")},
        }


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
