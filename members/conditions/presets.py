"""よく使う条件: ready-made conditions to start from, by this app and by those above (members/extension.py)."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from members.conditions.tree import BadCondition, check_condition
from members.conditions.url import encode_condition
from members.extension import extensions

LazyText = str | Promise
Leaf = dict[str, Any]


@dataclass(frozen=True)
class Preset:
    """``leaves``: all of them must be true. The default filter of the list is added."""

    name: LazyText
    text: LazyText
    icon: str
    leaves: tuple[Leaf, ...]

    @property
    def condition(self) -> dict[str, Any]:
        return {"all": [make_leaf("usual", "is", True), *self.leaves]}

    @property
    def url(self) -> str:
        return f"{reverse('members:list')}?{urlencode({'c': encode_condition(self.condition)})}"


def make_leaf(field: str, op: str, value: Any) -> Leaf:
    return {"field": field, "op": op, "value": value}


PRESETS = (
    Preset(
        _("認知から7日以上たっても未連携"),
        _("購入情報とまだ結び付いていない会員に、電話番号の再入力をお願いできます。"),
        "unlink",
        (make_leaf("link_state", "in", ["known"]), make_leaf("known_at", "until", {"days": -7})),
    ),
    Preset(
        _("友だちだが未回答"),
        _("友だち追加のあと、本人確認フォームに答えていない会員です。"),
        "message-circle-question-mark",
        (make_leaf("line_state", "in", ["friend"]), make_leaf("link_state", "in", ["unanswered"])),
    ),
    Preset(
        _("30日以内に誕生日"), _("誕生日が今日から30日以内の会員です。毎日ひとりでに入れ替わります。"), "cake",
        (make_leaf("birthday", "md_between", [{"days": 0}, {"days": 30}]),),
    ),
    Preset(
        _("30日以上反応がない友だち"), _("メッセージにもフォームにも、しばらく反応していない友だちです。"), "moon",
        (make_leaf("line_state", "in", ["friend"]), make_leaf("last_seen_at", "until", {"days": -30})),
    ),
    Preset(
        _("連携済みだがブロック"), _("購入があり、LINEではメッセージが届かない会員です。"), "ban",
        (make_leaf("link_state", "in", ["linked"]), make_leaf("line_state", "in", ["blocked"])),
    ),
    Preset(
        _("この7日間に登録"), _("新しく加わった会員です。"), "user-plus",
        (make_leaf("created_at", "from", {"days": -7}),),
    ),
)  # fmt: skip


def list_presets() -> list[Preset]:
    """Return the conditions that this shop can use."""
    every = (sample for each in extensions.values() for sample in each.presets)
    return [sample for sample in every if _is_understood(sample)]


def _is_understood(sample: Preset) -> bool:
    try:
        check_condition(sample.condition)
    except BadCondition:
        return False
    return True
