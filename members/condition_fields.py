"""What the members app can ask about a member: tags, states, addresses in a list, searched text, since when known."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from members.conditions import BadCondition, Field, register
from members.models import IdentityRecord, Member, MemberTag, Tag, ValueList
from members.searching import matching
from members.value_lists import has_value

Words = str | Promise


# ---------------------------------------------------------------- tags: 含む / 含まない × すべて / いずれか
def has(tag_ids: Iterable[int]) -> Exists:
    return Exists(MemberTag.objects.filter(tag_id__in=list(tag_ids), member_id=OuterRef("pk")))


def compile_tags(op: str, tag_ids: list[int]) -> Q:
    """含まない×すべて means none of them, 含まない×いずれか means at least one is missing."""
    if op == "has_any":
        return Q(has(tag_ids))
    if op == "has_none":
        return ~Q(has(tag_ids))
    every = Q(*(Q(has([tag_id])) for tag_id in tag_ids))
    return every if op == "has_all" else ~every


def check_tags(op: str, tag_ids: Any) -> None:
    if not isinstance(tag_ids, list) or not tag_ids or not all(type(tag_id) is int for tag_id in tag_ids):
        raise BadCondition("A tag condition names one tag or more by id.")


TAG_WORDS: dict[str, tuple[Words, Words]] = {
    "has_all": (gettext_lazy("次のタグを含む（すべて）"), gettext_lazy("次のタグ%(tags)sを含む会員（すべて）")),
    "has_any": (gettext_lazy("次のタグを含む（いずれか）"), gettext_lazy("次のタグ%(tags)sを含む会員（いずれか）")),
    "has_none": (
        gettext_lazy("次のタグを含まない（すべて）"),
        gettext_lazy("次のタグ%(tags)sを含まない会員（すべて）"),
    ),
    "lacks_any": (
        gettext_lazy("次のタグを含まない（いずれか）"),
        gettext_lazy("次のタグ%(tags)sを含まない会員（いずれか）"),
    ),
}


def tag_names(tag_ids: list[int]) -> str:
    names = dict(Tag.objects.filter(pk__in=tag_ids).values_list("pk", "name"))
    return "".join(_("「%(name)s」") % {"name": names.get(tag_id, _("削除されたタグ"))} for tag_id in tag_ids)


register(
    Field(
        name="tag",
        ops=tuple(TAG_WORDS),
        compile=compile_tags,
        say=lambda op, tag_ids: (str(TAG_WORDS[op][0]), tag_names(tag_ids)),
        check=check_tags,
        sentence=lambda op, tag_ids: str(TAG_WORDS[op][1]) % {"tags": tag_names(tag_ids)},
    )
)


# ---------------------------------------------------------------- one of a few states
def choice_field(name: str, label: Words, choices: Iterable[tuple[str, Words]]) -> Field:
    """``in`` and ``not_in`` over a column with choices."""
    labels = dict(choices)

    def checked(op: str, values: Any) -> None:
        if not isinstance(values, list) or not values or not set(map(str, values)) <= set(labels):
            raise BadCondition(f"“{name}” takes some of {', '.join(labels)}.")

    def said(op: str, values: list[str]) -> tuple[str, str]:
        words = _("・").join(str(labels[value]) for value in values)
        return str(label), words if op == "in" else _("%(states)s以外") % {"states": words}

    def compiled(op: str, values: list[str]) -> Q:
        found = Q((f"{name}__in", values))
        return found if op == "in" else ~found

    return Field(name=name, ops=("in", "not_in"), compile=compiled, say=said, check=checked)


register(choice_field("link_state", gettext_lazy("連携状態"), Member.LinkState.choices))
register(choice_field("line_state", gettext_lazy("LINEの状態"), Member.LineState.choices))
register(choice_field("known_by", gettext_lazy("認知のきっかけ"), IdentityRecord.Source.choices))


# ---------------------------------------------------------------- values in a list, text, times
def check_key(op: str, value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise BadCondition("The random key of a list is expected.")


def say_list(op: str, key: str) -> tuple[str, str]:
    values = ValueList.objects.filter(public_id=key).first()
    count = f"{values.usable:,}" if values else "0"
    words = _("リストの%(count)s件に一致") if op == "in_list" else _("リストの%(count)s件以外")
    return _("メールアドレス"), words % {"count": count}


register(
    Field(
        name="email",
        ops=("in_list", "not_in_list"),
        compile=lambda op, key: has_value("email", key) if op == "in_list" else ~has_value("email", key),
        say=say_list,
        check=check_key,
    )
)
register(
    Field(
        name="text",
        ops=("contains",),
        compile=lambda op, text: matching(text),
        say=lambda op, text: (_("検索"), text),
        check=check_key,
    )
)


def day_start(day: str) -> dt.datetime:
    try:
        return timezone.make_aware(dt.datetime.combine(dt.date.fromisoformat(day), dt.time.min))
    except (TypeError, ValueError) as error:
        raise BadCondition("A day such as 2026-11-22 is expected.") from error


def compile_known(op: str, day: str) -> Q:
    return Q(known_at__gte=day_start(day)) if op == "from" else Q(known_at__lt=day_start(day) + dt.timedelta(days=1))


def say_known(op: str, day: str) -> tuple[str, str]:
    date = day_start(day)
    shown = f"{date:%Y/%m/%d}" if (get_language() or "ja").startswith("ja") else f"{date:%b} {date.day}, {date.year}"
    return _("認知日"), (_("%(day)s以降") if op == "from" else _("%(day)s以前")) % {"day": shown}


register(
    Field(
        name="known_at",
        ops=("from", "until"),
        compile=compile_known,
        say=say_known,
        check=lambda op, day: (day_start(day), None)[1],
    )
)
