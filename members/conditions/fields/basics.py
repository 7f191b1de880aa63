"""States, deletion and inquiries in conditions, and the list of all fields that are columns of Member."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.attributes.member_field import BASIC, Question
from members.conditions.fields.families import make_family
from members.conditions.fields.tags import TAGS
from members.conditions.fields.texts import (
    make_contact_field,
    make_line_name_field,
    make_listed_field,
    make_phone_field,
    make_text_field,
)
from members.conditions.kinds.base import NOTHING, LazyText, Text
from members.conditions.kinds.choices import Choices, StaticChoices
from members.conditions.registry import Field, Way
from members.conditions.search import build_search_q, get_search_text
from members.models import Inquiry, Member


# ---------------------------------------------------------------- one of a few states
def build_choice_ways(kind: Choices) -> tuple[Way, ...]:
    return (
        Way("in", gettext_lazy("いずれかである"), kind),
        Way(
            "not_in",
            gettext_lazy("いずれでもない"),
            kind,
            gettext_lazy("%(value)s以外"),
        ),
    )


def build_choice_field(
    name: str, label: LazyText, group: LazyText, choices: Iterable[tuple[str, LazyText]]
) -> Field:
    """Build a field with ``in`` and ``not_in`` on a column that has choices."""
    offered = list(choices)

    def compiled(op: str, values: list[str]) -> Q:
        found = Q((f"{name}__in", values))
        return found if op == "in" else ~found

    return Field(
        name, label, group, build_choice_ways(StaticChoices(lambda: offered)), compiled
    )


def _make_choices_field(asked: Question) -> Field:
    return build_choice_field(asked.name, asked.label, asked.group, asked.choices)


TEXT = Field(
    "text",
    gettext_lazy("検索"),
    BASIC,
    (Way("contains", gettext_lazy("含む"), Text()),),
    lambda op, key: build_search_q(get_search_text(key)) or Q(pk__in=[]),
    in_builder=False,
)

# ---------------------------------------------------------------- who is shown (screens/builder/default_filter.py)
# Those who left a cart or only looked into one, as cartsync writes them into Member.cart_state.
HIDDEN_CART_STATES = ("left", "visitor")
USUAL = Field(
    "usual",
    gettext_lazy("表示"),
    BASIC,
    (
        Way(
            "is",
            gettext_lazy("退会・ビジターを除く（友だちは含む）"),
            NOTHING,
            gettext_lazy("退会・ビジターを除く（友だちは含む）"),
        ),
    ),
    lambda op, value: (
        ~Q(cart_state__in=HIDDEN_CART_STATES) | Q(line_state=Member.LineState.FRIEND)
    ),
    lambda op, value: _("退会・ビジターを除く会員"),
    in_builder=False,
)
DELETED_Q = {
    "exclude": Q(deleted_at=None),
    "include": ~Q(pk__in=[]),
    "only": ~Q(deleted_at=None),
}
DELETED_ONES = Field(
    "deleted",
    gettext_lazy("削除した会員"),
    BASIC,
    (
        Way("exclude", gettext_lazy("含まない"), NOTHING, gettext_lazy("含まない")),
        Way("include", gettext_lazy("含む"), NOTHING, gettext_lazy("含む")),
        Way("only", gettext_lazy("のみ"), NOTHING, gettext_lazy("のみ")),
    ),
    lambda op, value: DELETED_Q[op],
    in_builder=False,
)


# ---------------------------------------------------------------- inquiries
def _compile_inquiry(op: str, value: Any) -> Q:
    found = Q(
        Exists(
            Inquiry.objects.exclude(mark=Inquiry.Mark.DONE).filter(
                member_id=OuterRef("pk")
            )
        )
    )
    return found if op == "is" else ~found


INQUIRY = Field(
    "inquiry",
    gettext_lazy("お問い合わせ"),
    BASIC,
    (
        Way("is", gettext_lazy("未完了あり"), NOTHING, gettext_lazy("未完了あり")),
        Way("is_not", gettext_lazy("未完了なし"), NOTHING, gettext_lazy("未完了なし")),
    ),
    _compile_inquiry,
)

FIELDS = (
    TAGS,
    *make_family("choices", _make_choices_field),
    *make_family("text", make_text_field),
    *make_family("contact", make_contact_field),
    *make_family("phone", make_phone_field),
    *make_family("listed", make_listed_field),
    *make_family("line_name", make_line_name_field),
    TEXT,
    USUAL,
    DELETED_ONES,
    INQUIRY,
)
