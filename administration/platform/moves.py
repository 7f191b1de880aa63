"""Moves of shops to other cells that have not ended, for the platform's pages: how far, since when, what to do.

Whether the command still runs is asked of the lock that it holds, so one that was killed is known at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from administration.models import ShopMove
from tenants.models import ClosedReason, Tenant

# Those of the shops whose move a command holds (administration/cells/move.py, LOCK).
HELD = """
SELECT slug FROM unnest(%s::text[]) AS slug JOIN pg_locks
  ON locktype = 'advisory' AND objsubid = 1 AND granted
 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
 AND ((classid::bigint << 32) | objid::bigint) = hashtextextended('move ' || slug, 0)
"""
# What was reached last.
STEPS: Mapping[str, str | Promise] = {
    "": _("開始"),
    "introduced": _("ショップとオペレーターのコピー"),
    "published": _("データを渡す準備"),
    "subscribed": _("データのコピーの開始"),
    "copied": _("データとファイルのコピー"),
    "drained": _("送信と処理の停止"),
    "paused": _("画面とWebhookの停止"),
    "caught up": _("停止までの変更の反映"),
    "parted": _("コピーの切り離し"),
    "let go": _("このセルでの終了"),
    "opened": _("移動先での再開"),
    "switched": _("プロキシの切り替え"),
}
WORKS = _("ショップは、このセルで通常どおり動いています。")
RESTS = _("画面とWebhookは動いていますが、送信と処理は止まっています。")
STANDS = _("画面もWebhookも送信も止まっています。")
BETWEEN = _(
    "このセルでは終わり、移動先でも開いていません。画面もWebhookも送信も止まっています。"
)
THERE = _(
    "移動先で動いています。プロキシが切り替わっていないと、画面とWebhookは届きません。"
)
AGAIN = _(
    "同じ引数でもう一度実行すると、初めからやり直します。--undoを付けると、このセルに残します。"
)
ONWARDS = _(
    "同じ引数でもう一度実行すると、移動先で開きます。--undoを付けると、このセルに戻します。"
)
SWITCH = _(
    "同じ引数でもう一度実行すると、プロキシだけを切り替えます。移動先で書き込みが始まっているため、--undoはできません。"
)
PAST = ("opened", "switched")


@dataclass(frozen=True)
class MoveState:
    """``is_running``: a command holds it now; otherwise it was killed and waits for somebody."""

    move: ShopMove
    is_running: bool

    @property
    def step(self) -> str | Promise:
        return STEPS.get(self.move.step, self.move.step)

    @property
    def effect(self) -> str | Promise:
        """Say what of the shop works now."""
        shop = self.move.shop
        if shop.closed_reason == ClosedReason.MOVED:
            return THERE if self.move.step in PAST else BETWEEN
        if shop.closed_reason == ClosedReason.MOVING:
            return STANDS if shop.closed_at else RESTS
        return WORKS

    @property
    def remedy(self) -> str | Promise:
        """Say what ends a move that was killed."""
        if self.move.shop.closed_reason != ClosedReason.MOVED:
            return AGAIN
        return SWITCH if self.move.step in PAST else ONWARDS


def list_unfinished_moves() -> list[MoveState]:
    """Return the moves that have not ended, the oldest first."""
    found = ShopMove.objects.filter(outcome="").select_related("shop")
    return describe_moves(found.order_by("begun_at"))


def find_unfinished_move(shop: Tenant) -> MoveState | None:
    found = describe_moves(
        ShopMove.objects.filter(shop=shop, outcome="").select_related("shop")
    )
    return found[0] if found else None


def describe_moves(moves: Iterable[ShopMove]) -> list[MoveState]:
    found = list(moves)
    held = find_held([move.shop.slug for move in found])
    return [MoveState(move, move.shop.slug in held) for move in found]


def find_held(slugs: list[str]) -> set[str]:
    """Return those of the shops whose move runs now."""
    if not slugs:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(HELD, [slugs])
        return {slug for (slug,) in cursor.fetchall()}


def is_on_its_way_here(shop: Tenant) -> bool:
    """Return whether the shop is the copy of a move from another cell, whose page tells of it."""
    moves = shop.closed_reason == ClosedReason.MOVING
    return moves and not ShopMove.objects.filter(shop=shop, outcome="").exists()
