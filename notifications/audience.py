"""Whom a notice reaches, by which ways, and why somebody does not hear of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from notifications.models import OperatorLine, Preference, Way
from notifications.preferences import TEST
from operators.models import Notice, Operator, Seat
from operators.notify import NoticeKind, find_notice_kind


@dataclass(frozen=True)
class Reach:
    """By which ways an operator hears of something; ``why_not`` says for each other way why it is silent."""

    operator: Operator
    ways: tuple[str, ...]
    digest: bool
    why_not: dict[str, str]


class Audience:
    """The seats of the shop with what they prefer, read once for many notices."""

    def __init__(self) -> None:
        self.seats = list(
            Seat.objects.filter(off_at=None, expires_at=None)
            .select_related("operator")
            .order_by("pk")
        )
        self.preferences = {
            (each.operator_id, each.kind): each for each in Preference.objects.all()
        }
        self.phones = set(OperatorLine.objects.values_list("operator_id", flat=True))

    def find_reaches(self, notice: Notice) -> list[Reach]:
        """Return who hears of the notice by at least one way."""
        kind = find_notice_kind(notice.kind)
        if not kind:
            return []
        reaches = [
            self.explain_reach(seat, kind, notice.ways, notice.kind == TEST)
            for seat in self.seats
            if self._concerns(seat, kind, notice.operator_id)
        ]
        return [reach for reach in reaches if reach.ways]

    def _concerns(self, seat: Seat, kind: NoticeKind, only: int | None) -> bool:
        if not seat.operator.is_active:
            return False
        if only is not None:
            return seat.operator_id == only
        return not kind.right or seat.can(kind.right)

    def explain_reach(
        self,
        seat: Seat,
        kind: NoticeKind,
        ways: Iterable[str] = (),
        wanted_now: bool = False,
    ) -> Reach:
        """Say by which ways this seat hears of the kind.

        ``ways``: those alone that are open, () for all; ``wanted_now``: whatever the operator prefers.
        """
        mine = self.get_preference(seat.operator, kind)
        wanted = {Way.BELL: mine.bell, Way.MAIL: mine.mail, Way.LINE: mine.line}
        lacking = {
            Way.MAIL: "" if seat.operator.email else _("メールアドレスがありません"),
            Way.LINE: ""
            if seat.operator_id in self.phones
            else _("スマホ連携がまだです"),
        }
        why_not: dict[str, str] = {}
        for way in Way.values:
            if kind.right and not seat.can(kind.right):
                why_not[way] = _("この種類を受け取る権限がありません")
            elif ways and way not in ways:
                why_not[way] = _("この方法では通知しない設定です")
            elif not wanted[Way(way)] and not wanted_now:
                why_not[way] = _("本人の通知設定がオフです")
            elif lacking.get(Way(way)):
                why_not[way] = lacking[Way(way)]
        return Reach(
            seat.operator,
            tuple(way for way in Way.values if way not in why_not),
            mine.digest,
            why_not,
        )

    def get_preference(self, operator: Operator, kind: NoticeKind) -> Preference:
        return self.preferences.get((operator.pk, kind.name)) or Preference(
            operator=operator, kind=kind.name, mail=kind.by_mail
        )


def explain_audience(kind_name: str, ways: Iterable[str] = ()) -> list[Reach]:
    """Say of every seat of the shop by which ways it hears of this kind, and why not by the others."""
    kind = find_notice_kind(kind_name)
    audience = Audience()
    return [
        audience.explain_reach(seat, kind, ways)
        for seat in audience.seats
        if kind and seat.operator.is_active
    ]


def find_why_not(seat: Seat, way: str) -> str:
    """Return why nothing can reach this seat by this way, whatever it prefers; "" when it can."""
    kind = find_notice_kind(TEST)
    assert kind
    reach = Audience().explain_reach(seat, kind, [way], wanted_now=True)
    return reach.why_not.get(way, "")
