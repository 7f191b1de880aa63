"""The fields of a member that conditions can ask about: tags, states, contacts. Dates: fields_dates.py."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.attributes.member_field import Question
from members.attributes.member_fields import BASIC
from members.conditions.fields.families import make_family, make_field
from members.conditions.kinds.base import NOTHING, LazyText, Text, Values
from members.conditions.kinds.choices import Choices, StaticChoices, Tags
from members.conditions.registry import Field, Way
from members.conditions.search import build_search_q, get_search_text
from members.models import Inquiry, Member, MemberTag
from members.normalize.keys import normalize_text
from members.valuelists.lists import build_value_in_list_q

TAG = gettext_lazy("タグ")


# ---------------------------------------------------------------- tags: 含む / 含まない × すべて / いずれか
def _build_tag_exists(tag_ids: Iterable[int]) -> Exists:
    return Exists(
        MemberTag.objects.filter(tag_id__in=list(tag_ids), member_id=OuterRef("pk"))
    )


def compile_tags(op: str, tag_ids: list[int]) -> Q:
    """Return the Q of one operator on tags.

    含まない×すべて (has_none) means that all are missing, 含まない×いずれか (lacks_any) that at least one is missing.
    """
    if op == "has_any":
        return Q(_build_tag_exists(tag_ids))
    if op == "has_none":
        return ~Q(_build_tag_exists(tag_ids))
    every = Q(*(Q(_build_tag_exists([tag_id])) for tag_id in tag_ids))
    return every if op == "has_all" else ~every


TAG_SENTENCES: dict[str, LazyText] = {
    "has_all": gettext_lazy("次のタグ%(tags)sを含む会員（すべて）"),
    "has_any": gettext_lazy("次のタグ%(tags)sを含む会員（いずれか）"),
    "has_none": gettext_lazy("次のタグ%(tags)sを含まない会員（すべて）"),
    "lacks_any": gettext_lazy("次のタグ%(tags)sを含まない会員（いずれか）"),
}
TAG_WAYS = (
    Way("has_all", gettext_lazy("次のタグ…を含む会員（すべて）"), Tags(), gettext_lazy("%(value)sをすべて含む")),
    Way("has_any", gettext_lazy("次のタグ…を含む会員（いずれか）"), Tags(), gettext_lazy("%(value)sのいずれかを含む")),
    Way("has_none", gettext_lazy("次のタグ…を含まない会員（すべて）"), Tags(),
        gettext_lazy("%(value)sをどれも含まない")),
    Way("lacks_any", gettext_lazy("次のタグ…を含まない会員（いずれか）"), Tags(),
        gettext_lazy("%(value)sのいずれかを含まない")),
)  # fmt: skip
TAGS = Field(
    name="tag",
    label=TAG,
    group=TAG,
    ways=TAG_WAYS,
    compile=compile_tags,
    sentence=lambda op, tag_ids: (
        str(TAG_SENTENCES[op]) % {"tags": Tags().words(tag_ids)}
    ),
)


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


# ---------------------------------------------------------------- text, and values in a list
LIST_WAYS = (
    Way(
        "in_list",
        gettext_lazy("いずれかに等しい"),
        NOTHING,
        gettext_lazy("%(value)sに一致"),
    ),
    Way(
        "not_in_list",
        gettext_lazy("どれとも等しくない"),
        NOTHING,
        gettext_lazy("%(value)s以外"),
    ),
)
TEXT_WAYS = (
    Way("contains", gettext_lazy("含む"), Text(), gettext_lazy("%(value)sを含む")),
    Way("lacks", gettext_lazy("含まない"), Text(), gettext_lazy("%(value)sを含まない")),
    Way("starts", gettext_lazy("で始まる"), Text(), gettext_lazy("%(value)sで始まる")),
)
EMPTY_WAYS = (
    Way("empty", gettext_lazy("未登録"), NOTHING, gettext_lazy("未登録")),
    Way("filled", gettext_lazy("登録あり"), NOTHING, gettext_lazy("登録あり")),
)


def build_list_ways(field: str) -> tuple[Way, ...]:
    kind = Values(field)
    return tuple(Way(way.op, way.label, kind, way.said, way.group) for way in LIST_WAYS)


def build_list_q(field: str, op: str, key: str) -> Q:
    """Return the Q for members who have a value, their own or that of a linked customer, in the list or not."""
    return (
        build_value_in_list_q(field, key)
        if op == "in_list"
        else ~build_value_in_list_q(field, key)
    )


def _build_text_q(column: str, op: str, text: str) -> Q:
    """Return the Q for a text in the form in which the column stores it.

    A text of which nothing is left in that form finds nobody.
    """
    if not text:
        return Q(pk__in=[])
    found = Q((f"{column}__{'startswith' if op == 'starts' else 'contains'}", text))
    return ~found if op == "lacks" else found


def _build_contact_compiler(question: Question) -> Any:
    """Return the function that compiles a contact field. Its key normalizes what is typed as the column stores it."""

    def compiled(op: str, value: Any) -> Q:
        if op in ("empty", "filled"):
            return (
                Q((question.column, "")) if op == "empty" else ~Q((question.column, ""))
            )
        if op in ("in_list", "not_in_list"):
            return build_list_q(question.values, op, value)
        return _build_text_q(question.column, op, question.key(get_search_text(value)))

    return compiled


def _compile_phone(otherwise: Any, op: str, value: Any) -> Q:
    """Return the Q for a number as it is dialled; ``otherwise`` compiles the operators that compare no typed digits.

    「0312」, 「+81312」 and 「0081312」 are how a number begins. Other digits are searched for behind the country's
    code, of which nobody thinks.
    """
    if op not in ("contains", "lacks", "starts"):
        return otherwise(op, value)
    typed = normalize_text(get_search_text(value))
    number = "".join(letter for letter in typed if letter.isdecimal())
    if not number:
        return Q(pk__in=[])
    dialled = f"+{number}" if typed.startswith("+") else number
    begun = JAPANESE_PREFIX.sub("+81", dialled)
    if begun.startswith("+"):
        found = Q(phone_e164__startswith=begun)
    else:
        found = Q(
            phone_e164__regex=rf"^\+(81|(?!81)){'' if op == 'starts' else '[0-9]*'}{number}"
        )
    return ~found if op == "lacks" else found


JAPANESE_PREFIX = re.compile(r"^(?:(?:\+|00|010)810?|0)")


def _make_text_field(question: Question) -> Field:
    ways = (*TEXT_WAYS, *build_list_ways(question.values), *EMPTY_WAYS)
    return make_field(question, ways, _build_contact_compiler(question))


def _make_contact_field(question: Question) -> Field:
    """Whole values are pasted more often than parts of them are typed."""
    ways = (*build_list_ways(question.values), *TEXT_WAYS, *EMPTY_WAYS)
    return make_field(question, ways, _build_contact_compiler(question))


def _make_phone_field(question: Question) -> Field:
    ways = (*build_list_ways(question.values), *TEXT_WAYS, *EMPTY_WAYS)
    return make_field(
        question, ways, partial(_compile_phone, _build_contact_compiler(question))
    )


def _make_listed_field(question: Question) -> Field:
    values = question.values
    return make_field(
        question, build_list_ways(values), lambda op, key: build_list_q(values, op, key)
    )


def _compile_line_name(op: str, value: Any) -> Q:
    if op in ("empty", "filled"):
        return Q(line_name="") if op == "empty" else ~Q(line_name="")
    text = normalize_text(get_search_text(value))
    if not text:
        return Q(pk__in=[])
    found = Q((f"line_name__{'istartswith' if op == 'starts' else 'icontains'}", text))
    return ~found if op == "lacks" else found


def _make_line_name_field(question: Question) -> Field:
    return make_field(question, (*TEXT_WAYS, *EMPTY_WAYS), _compile_line_name)


TEXT = Field(
    "text", gettext_lazy("検索"), BASIC, (Way("contains", gettext_lazy("含む"), Text()),),
    lambda op, key: build_search_q(get_search_text(key)) or Q(pk__in=[]), in_builder=False,
)  # fmt: skip

# ---------------------------------------------------------------- who is shown (screens/builder/default_filter.py)
# Those who left a cart or only looked into one, as cartsync writes them into Member.cart_state.
HIDDEN_CART_STATES = ("left", "visitor")
USUAL = Field(
    "usual", gettext_lazy("表示"), BASIC,
    (Way("is", gettext_lazy("退会・ビジターを除く（友だちは含む）"), NOTHING,
         gettext_lazy("退会・ビジターを除く（友だちは含む）")),),
    lambda op, value: ~Q(cart_state__in=HIDDEN_CART_STATES) | Q(line_state=Member.LineState.FRIEND),
    lambda op, value: _("退会・ビジターを除く会員"), in_builder=False,
)  # fmt: skip
DELETED_Q = {
    "exclude": Q(deleted_at=None),
    "include": ~Q(pk__in=[]),
    "only": ~Q(deleted_at=None),
}
DELETED_ONES = Field(
    "deleted", gettext_lazy("削除した会員"), BASIC,
    (
        Way("exclude", gettext_lazy("含まない"), NOTHING, gettext_lazy("含まない")),
        Way("include", gettext_lazy("含む"), NOTHING, gettext_lazy("含む")),
        Way("only", gettext_lazy("のみ"), NOTHING, gettext_lazy("のみ")),
    ),
    lambda op, value: DELETED_Q[op], in_builder=False,
)  # fmt: skip


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
    "inquiry", gettext_lazy("お問い合わせ"), BASIC,
    (
        Way("is", gettext_lazy("未完了あり"), NOTHING, gettext_lazy("未完了あり")),
        Way("is_not", gettext_lazy("未完了なし"), NOTHING, gettext_lazy("未完了なし")),
    ),
    _compile_inquiry,
)  # fmt: skip

FIELDS = (
    TAGS,
    *make_family("choices", _make_choices_field),
    *make_family("text", _make_text_field),
    *make_family("contact", _make_contact_field),
    *make_family("phone", _make_phone_field),
    *make_family("listed", _make_listed_field),
    *make_family("line_name", _make_line_name_field),
    TEXT,
    USUAL,
    DELETED_ONES,
    INQUIRY,
)
