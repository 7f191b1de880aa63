"""The editor of a form: its settings and its questions in order, and what the buttons between them do."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from console.numbers import parse_number
from forms_builder.gallery import ReadyForm
from forms_builder.models import Form
from forms_builder.questions.base import FieldKind
from forms_builder.questions.question import OWN_ITEM, Question
from forms_builder.questions.registry import get_kind, has_kind, list_kinds
from forms_builder.screens.forms import COLUMNS, SettingsForm
from forms_builder.screens.preview_model import (
    Sketch,
    list_default_questions,
    list_questions,
)
from forms_builder.screens.question_rows import QuestionRow, Raw, read_key, write_raw
from tenants.fields import generate_public_id

MOST_QUESTIONS = 50


class Editor:
    """The settings and the questions together, from the table, from what was typed, or from both after a move."""

    def __init__(
        self,
        settings: SettingsForm,
        raws: Sequence[Raw],
        form: Form | None,
        data: QueryDict | None = None,
    ) -> None:
        self.settings, self.error = settings, ""
        self.questions = build_rows(raws, form, data)

    @classmethod
    def of(cls, form: Form | None, ready: ReadyForm | None = None) -> "Editor":
        """Build the editor of a form, ready to be changed; for None ready to be filled in, from a ready form if any."""
        if form is None and ready:
            texts = ("kind", "name", "title", "intro", "thanks")
            initial = {name: getattr(ready, name) for name in texts}
            return cls.starting(ready.questions, initial)
        if form is None:
            return cls.starting(list_default_questions(), {"title": _("ご本人確認")})
        initial = {name: getattr(form, name) for name in COLUMNS}
        initial["account"] = form.account.public_id
        initial["add_tags"] = [tag.public_id for tag in form.tags_to(remove=False)]
        initial["remove_tags"] = [tag.public_id for tag in form.tags_to(remove=True)]
        for name in ("linked_tag", "not_found_tag"):
            tag = getattr(form, name)
            initial[name] = tag.public_id if tag else ""
        raws = [write_raw(each) for each in list_questions(form)]
        return cls(SettingsForm(initial=initial), raws, form)

    @classmethod
    def starting(
        cls, questions: Sequence[Question], initial: Mapping[str, Any]
    ) -> "Editor":
        """Build the editor of a form that is not there yet, with these questions in it."""
        raws = [
            write_raw(each) | {"key": each.id or generate_public_id()}
            for each in questions
        ]
        return cls(SettingsForm(initial=dict(initial)), raws, None)

    @classmethod
    def typed(cls, data: QueryDict, form: Form | None) -> "Editor":
        """Build the editor from what was typed, bound: to be checked and saved."""
        return cls(SettingsForm(data), parse_raws(data), form, data)

    @classmethod
    def moved(cls, data: QueryDict, raws: Sequence[Raw], form: Form | None) -> "Editor":
        """Build the editor from what was typed, unchecked, with the questions in another order."""
        many = ("add_tags", "remove_tags", "notice_ways")
        initial = {
            name: data.getlist(name) if name in many else data.get(name, "")
            for name in SettingsForm.base_fields
        }
        return cls(SettingsForm(initial=initial), raws, form)

    def is_valid(self) -> bool:
        fine = [
            self.settings.is_valid(),
            *(question.is_valid() for question in self.questions),
        ]
        kinds = [each.type.key for each in self.questions]
        once = {each.type.key for each in self.questions if each.type.once}
        asks = self.settings.cleaned_data.get("kind") == Form.Kind.IDENTITY
        params = [each.question.settings.get("param") for each in self.questions]
        if not self.questions:
            self.error = _(
                "項目がありません。お客様に入力していただく項目を1つ以上追加してください。"
            )
        elif any(kinds.count(kind) > 1 for kind in once):
            self.error = _(
                "同じ種類の項目が2つあります。氏名・電話番号・メールアドレスなどは1つずつにしてください。"
            )
        elif asks and not {"phone", "email"} & set(kinds) and all(fine):
            self.error = _(
                "電話番号もメールアドレスもないため、カートと照合できません。どちらかの項目を追加してください。"
            )
        elif len(set(params) - {None}) < len([each for each in params if each]):
            self.error = _(
                "リンクでの名前が同じ項目が2つあります。別の名前にしてください。"
            )
        return all(fine) and not self.error

    @property
    def has_errors(self) -> bool:
        return (
            bool(self.error)
            or (self.settings.is_bound and bool(self.settings.errors))
            or any(each.has_errors for each in self.questions)
        )

    def wanted(self) -> list[Question]:
        return [each.question for each in self.questions]

    def addable(self) -> list[FieldKind]:
        present = {each.type.key for each in self.questions}
        return [
            kind
            for key, kind in list_kinds().items()
            if not kind.once or key not in present
        ]


def build_rows(
    raws: Sequence[Raw], form: Form | None, data: QueryDict | None = None
) -> list[QuestionRow]:
    """Build the rows of the editor; a condition may name the questions before it alone."""
    stored = {each.id: each.settings for each in list_questions(form)} if form else {}
    rows: list[QuestionRow] = []
    earlier: list[Question] = []
    for n, raw in enumerate(raws):
        before = stored.get(raw.get("key", ""), {})
        rows.append(QuestionRow(f"q{n}", raw, before, earlier, data))
        earlier = [*earlier, rows[-1].question]
    return rows


def count_questions(data: Mapping[str, Any]) -> int:
    given = parse_number(str(data.get("questions", "")), digits=3)
    return min(given or 0, MOST_QUESTIONS)


def parse_raws(data: QueryDict) -> list[Raw]:
    """Return what was typed about each question; what names no kind is left out."""
    found: list[Raw] = []
    for prefix in (f"q{n}-" for n in range(count_questions(data))):
        raw = {
            name.removeprefix(prefix): str(data[name])
            for name in data
            if name.startswith(prefix)
        }
        if has_kind(raw.get("kind", "")):
            found.append(raw | {"key": read_key(raw.get("key", ""))})
    return found


def parse_sketch(data: QueryDict) -> Sketch:
    rows = build_rows(parse_raws(data), None, data)
    return Sketch(
        str(data.get("title", ""))[:100],
        str(data.get("intro", ""))[:1000],
        [each.question for each in rows],
    )


def start_question(kind: str) -> Raw:
    """Return a new question of this kind, required where people see it."""
    of = get_kind(kind)
    asked = {"is_required": "on"} if of.in_public and kind != "multiple" else {}
    return {
        "key": generate_public_id(),
        "kind": kind,
        "label": str(of.label),
        "writes": OWN_ITEM if of.item else "",
        **asked,
    }


def move_question(raws: Sequence[Raw], how: str) -> tuple[list[Raw], int, str]:
    """Apply ``up:2``, ``down:2``, ``to:2:0``, ``remove:2`` or ``add:phone`` to the questions.

    Return the questions, the index of the one to look at (-1: none), and the message to show.
    """
    verb, _colon, what = how.partition(":")
    rows = list(raws)
    if verb == "add" and has_kind(what) and len(rows) < MOST_QUESTIONS:
        rows.append(start_question(what))
        said = _("「%(label)s」を追加しました。") % {"label": rows[-1]["label"]}
        return rows, len(rows) - 1, said
    at, to = read_places(verb, what, len(rows))
    if at < 0:
        return rows, -1, ""
    if verb == "remove":
        gone = rows.pop(at)
        said = _("「%(label)s」を取り除きました。") % {"label": gone.get("label", "")}
        return rows, min(at, len(rows) - 1), said
    if to == at or not 0 <= to < len(rows):
        return rows, at, ""
    rows.insert(to, rows.pop(at))
    words = _("「%(label)s」を%(n)s番目に移動しました。")
    return rows, to, words % {"label": rows[to].get("label", ""), "n": to + 1}


def read_places(verb: str, what: str, count: int) -> tuple[int, int]:
    """Return from where to where a question is moved; -1 for a place that is none."""
    read = [parse_number(place, digits=3) for place in what.split(":")]
    places = [place for place in read if place is not None]
    if places != read or len(places) != (2 if verb == "to" else 1):
        return -1, -1
    at = places[0]
    if at >= count:
        return -1, -1
    return at, places[1] if verb == "to" else at + {"up": -1, "down": 1}.get(verb, 0)
