"""Tags in conditions: 含む / 含まない × すべて / いずれか."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from members.conditions.kinds.base import LazyText
from members.conditions.kinds.choices import Tags
from members.conditions.registry import Field, Way
from members.models import MemberTag

TAG = gettext_lazy("タグ")


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
    Way(
        "has_all",
        gettext_lazy("次のタグ…を含む会員（すべて）"),
        Tags(),
        gettext_lazy("%(value)sをすべて含む"),
    ),
    Way(
        "has_any",
        gettext_lazy("次のタグ…を含む会員（いずれか）"),
        Tags(),
        gettext_lazy("%(value)sのいずれかを含む"),
    ),
    Way(
        "has_none",
        gettext_lazy("次のタグ…を含まない会員（すべて）"),
        Tags(),
        gettext_lazy("%(value)sをどれも含まない"),
    ),
    Way(
        "lacks_any",
        gettext_lazy("次のタグ…を含まない会員（いずれか）"),
        Tags(),
        gettext_lazy("%(value)sのいずれかを含まない"),
    ),
)
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
