"""How much of its plan a shop has used, as numbers, as a bar and in words."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.identity.member_limit import count_stored_members
from operators.seats.invite import count_taken_seats
from tenants.models import Plan
from tenants.shops.plans import compute_level

KINDS = {0: "ok", 80: "warn", 95: "warn", 100: "bad"}


@dataclass(frozen=True)
class Meter:
    """``limit`` None: as many as the shop wants. ``full``: what is held at the limit, and what goes on."""

    label: str | Promise
    count: int
    limit: int | None
    full: str | Promise

    @property
    def level(self) -> int:
        return compute_level(self.count, self.limit)

    @property
    def kind(self) -> str:
        return KINDS[self.level]

    @property
    def left(self) -> int:
        return max((self.limit or 0) - self.count, 0)

    @property
    def text(self) -> str:
        """Say how near the limit is and what happens there."""
        if self.limit is None:
            return _("上限はありません。")
        if self.level == 100:
            return str(self.full)
        near = _("上限まで、あと%(left)s名です。") % {"left": f"{self.left:,}"}
        return f"{near}{self.full_later}" if self.level else near

    @property
    def full_later(self) -> str:
        share = {"level": self.level}
        if self.level == 95:
            return _(
                "上限の%(level)s%%を超えました。上限に達する前に、プランの変更をご検討ください。"
            ) % (share)
        return _("上限の%(level)s%%を超えました。") % share


MEMBERS_FULL = gettext_lazy(
    "上限に達しました。友だちの登録と応答、ステップメッセージ、フォームの自動返信、通知は続きます。一斉配信と取り込みの開始、会員の追加は、プランを変更するか不要な会員を削除するまで保留されます。"
)
OPERATORS_FULL = gettext_lazy(
    "上限に達しました。招待するには、使っていないオペレーターか招待を削除するか、プランを変更してください。"
)


def measure_members(plan: Plan | None) -> Meter:
    limit = plan.member_limit if plan else None
    label = gettext_lazy("会員数")
    return Meter(label, count_stored_members(plan), limit, MEMBERS_FULL)


def measure_operators(plan: Plan | None) -> Meter:
    limit = plan.operator_limit if plan else None
    label = gettext_lazy("オペレーター数")
    return Meter(label, count_taken_seats(), limit, OPERATORS_FULL)
