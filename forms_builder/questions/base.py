"""What a kind of question is: its settings, its inputs, what is wrong with what was typed, and what an answer is."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from console.templatetags.kit import masked
from members.normalize.text import clean_typed_text, normalize_text

if TYPE_CHECKING:
    from forms_builder.questions.question import Question
    from members.models import Member

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LONGEST_KEY = 100


@dataclass(frozen=True)
class Value:
    """One piece of an answer, a row of ``Answer``. ``part``: which piece of the question, "" for the answer itself.

    ``text``: as it is shown. ``choice``: the id of a choice. ``number`` and ``date`` are what can be compared.
    ``is_signed``: it came by a link that the shop had signed.
    """

    text: str = ""
    part: str = ""
    choice: str = ""
    number: float | None = None
    date: dt.date | None = None
    is_signed: bool = False


class LineField(forms.CharField):
    """One line of text, or several. Too long or unreadable text is refused with a message, never cut."""

    def __init__(self, *args: Any, lines: bool = False, **kwargs: Any) -> None:
        self.lines = lines
        super().__init__(*args, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Return no maxlength: browsers cut what is pasted without a word."""
        return {}

    def to_python(self, value: Any) -> str:
        text = str(value or "").replace("\r\n", "\n")
        if (CONTROL_IN_LINES if self.lines else CONTROL).search(text):
            raise ValidationError(
                _(
                    "使えない文字（制御文字）が含まれています。その文字を消して、入力し直してください。"
                ),
                code="control",
            )
        if self.max_length and len(text) > self.max_length:
            self.refuse_length(len(text))
        # Compatibility forms may unfold into more letters than were typed.
        unfolded = len(normalize_text(text))
        if self.max_length and unfolded > self.max_length:
            self.refuse_length(unfolded)
        return clean_typed_text(text)

    def refuse_length(self, length: int) -> None:
        raise ValidationError(
            _(
                "%(most)s文字を超えています（%(length)s文字）。%(most)s文字以内にしてください。"
            ),
            code="max_length",
            params={"most": f"{self.max_length:,}", "length": f"{length:,}"},
        )


class NoSettings(forms.Form):
    """The settings of a kind that has none; others extend it. ``kept`` is what goes into ``Question.settings``."""

    def kept(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is kept of what was typed; ``before``: what was kept until now."""
        return dict(self.cleaned_data)

    @classmethod
    def shown(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the inputs show for what is kept."""
        return dict(settings)

    @classmethod
    def draft(cls, own: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the choices as typed, unchecked, so that other questions can name them; {} for a kind without."""
        return {}


class FieldKind:
    """A kind of question. A new one is one file with this class and one line in ``kinds.py``.

    ``once``: a form has at most one of it. ``item``: the key of the system's item that the answer is (``name``,
    ``birthday``, …). ``attributes``: the kinds of the shop's own attributes that can take the answer in.
    ``asked_as``: how conditions ask about it: "choice", "number", "date", "text" or "" for not at all.
    ``asked_in_public``: whether people see it. ``longest``: characters.
    """

    label: ClassVar[str | Promise]
    icon: ClassVar[str] = "type"
    help: ClassVar[str | Promise] = ""
    once: ClassVar[bool] = False
    item: ClassVar[str] = ""
    attributes: ClassVar[tuple[str, ...]] = ()
    asked_as: ClassVar[str] = ""
    in_public: ClassVar[bool] = True
    longest: ClassVar[int] = 500
    attrs: ClassVar[Mapping[str, str]] = {}
    settings_form: ClassVar[type[NoSettings]] = NoSettings
    # A heading above several inputs, or the label of the only one.
    grouped: ClassVar[bool] = False
    # Whether a personal link of a mail says enough of who answers to ask for what is theirs; else only LINE does.
    trusts_link: ClassVar[bool] = False

    def __init__(self, key: str) -> None:
        self.key = key

    # ------------------------------------------------------------ what is typed
    def build_inputs(
        self, question: "Question", is_required: bool
    ) -> dict[str, forms.Field]:
        """Return the inputs by part: "" is the first, whose name is the question's."""
        return {"": self.build_line(question, is_required)}

    def build_member_inputs(
        self, question: "Question", is_required: bool, member: "Member | None"
    ) -> dict[str, forms.Field]:
        """Return the inputs for this member; None where nobody has said for certain who answers."""
        return self.build_inputs(question, is_required)

    def build_line(
        self, question: "Question", is_required: bool, **options: Any
    ) -> LineField:
        """Return one line of text."""
        attrs = {"enterkeyhint": "next", **self.attrs}
        return LineField(
            **{
                "label": question.label,
                "required": is_required,
                "max_length": self.longest,
                "help_text": question.help_text,
                "widget": forms.TextInput(attrs),
                "error_messages": {"required": self.say_missing(question)},
                **options,
            }
        )

    def say_missing(self, question: "Question", label: str = "") -> str:
        return question.error or _(
            "%(label)sが入力されていません。入力してください。"
        ) % {"label": label or question.label}

    def clean(self, question: "Question", typed: Mapping[str, Any]) -> list[Value]:
        """Return what was answered, [] for nothing. Raise ValidationError with cause and remedy.

        ``typed``: the cleaned value of each input by part; a dict of part → error names the input.
        """
        text = self.clean_text(str(typed[""]))
        return [Value(text)] if text else []

    def clean_text(self, text: str) -> str:
        """Return one line as it is kept. Raise ValidationError."""
        return text

    # ------------------------------------------------------------ what is shown
    def show(self, values: Sequence[Value]) -> str:
        """Return the answer as a page or a file shows it."""
        return _("・").join(each.text for each in values if not each.part)

    def mask(self, text: str) -> str:
        """Return what a public page shows of an answer that was given."""
        return text

    def show_known(self, member: "Member") -> str:
        """Return what the shop knows already, masked; the whole value never leaves for a public page."""
        return ""

    # ------------------------------------------------------------ where it goes
    def collect_writes(
        self, question: "Question", values: Sequence[Value]
    ) -> dict[str, str]:
        """Return the texts to write, by the key or public id of the item that takes each in."""
        target = self.item if question.writes == "item" else question.writes
        text = self.show(values)
        return {target: text} if target and text else {}


def mask_line(text: str) -> str:
    """Mask a line that says who somebody is: 山***."""
    return f"{text[:1]}***" if text else ""


def mask_contact(text: str) -> str:
    """Mask a telephone number or a mail address."""
    return masked(text)
