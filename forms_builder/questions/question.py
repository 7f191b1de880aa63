"""A question as it stands in a version of a form: what is asked, how, and where the answer goes."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from forms_builder.questions.registry import get_kind

if TYPE_CHECKING:
    from forms_builder.questions.base import FieldKind

KEY = re.compile(r"[A-Za-z0-9]{1,12}")
# Where an answer goes besides the answers themselves: to the item of its own kind, or nowhere; else the public id of an
# attribute.
OWN_ITEM, NOWHERE = "item", ""


@dataclass(frozen=True)
class Choice:
    """``id`` stays when the words are corrected, so that answers of before and conditions still mean it."""

    id: str
    label: str


@dataclass(frozen=True)
class Question:
    """``id``: random, the same in every version; "" for one that is not stored yet.

    ``help``, ``error``: the shop's own words, "" for those of the kind. ``settings``: what the kind's settings form
    keeps. ``shown_when``: a condition (members/conditions/evaluate.py) over the answers to questions before, by id;
    None: always.
    """

    kind: str
    label: str
    is_required: bool = True
    id: str = ""
    help: str = ""
    error: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    writes: str = OWN_ITEM
    shown_when: Mapping[str, Any] | None = None

    @property
    def type(self) -> "FieldKind":
        return get_kind(self.kind)

    @property
    def kind_label(self) -> str:
        return str(self.type.label)

    @property
    def help_text(self) -> str:
        return self.help or str(self.type.help)

    @property
    def input_name(self) -> str:
        """The name of its first input; it stays when the form is edited while somebody fills it in."""
        return self.kind if self.type.once else f"{self.kind}_{self.id}"

    @property
    def choices(self) -> list[Choice]:
        return [Choice(**each) for each in self.settings.get("choices", [])]

    @property
    def awaited(self) -> tuple[str, list[str]]:
        """The question on which this one depends, and the choices that show it; ("", []) where it always stands."""
        leaf = (self.shown_when or {}).get("all", [{}])[0]
        return str(leaf.get("field", "")), list(leaf.get("value", []))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def build_display_condition(question_id: str, choice_id: str) -> dict[str, Any]:
    """Return the condition 「Qの答えがAのとき」."""
    return {"all": [{"field": question_id, "op": "in", "value": [choice_id]}]}
