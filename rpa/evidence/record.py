"""A line for each step, within the transaction of what it tells of."""

import base64
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.base import Subscription
from rpa.models import CancellationRequest, Evidence
from rpa.search.ask_cart import Trace
from tenants.scope import get_current_operator

STEPS = {
    "received": _("申請を受け付けました"),
    "offered": _("お客様に、ほかのお手続きを案内しました"),
    "went_on": _("お客様が解約を続けました"),
    "took_offer": _("お客様が案内を選びました"),
    "unanswered": _("案内に返事がないため、申し込みどおりに進めます"),
    "searched": _("カートで検索しました"),
    "identified": _("顧客と定期を特定しました"),
    "allowed": _("受付の条件を満たしました"),
    "refused": _("受付の条件を満たしません"),
    "matched": _("送る直前に読み直しました"),
    "rehearsed": _("試行のため、送らずに終わりました"),
    "seen": _("画面を確かめました"),
    "stuck": _("画面が想定と違いました"),
    "submitting": _("カートへ送ります"),
    "returned": _("カートが混み合い、送れませんでした。あとでやり直します"),
    "submitted": _("カートへ送りました"),
    "verified": _("カートで変更を確かめました"),
    "person": _("人が確かめることになりました"),
    "chosen": _("人が顧客と定期を選びました"),
    "closed": _("人が申請を終えました"),
    "told": _("お客様へ知らせました"),
}


SCREENS = {
    "search": _("検索の結果"),
    "customer": _("顧客の画面"),
    "subscription": _("定期の画面"),
    "confirm": _("確認の画面"),
}


def record_step(
    request: CancellationRequest,
    step: str,
    at: datetime | None = None,
    **data: Any,
) -> Evidence:
    """Add a line to the request's evidence; the operator comes from the scope."""
    if step not in STEPS:
        raise ValueError(f"No such step: {step}")
    return Evidence.objects.create(
        request=request,
        at=at or timezone.now(),
        step=step,
        data=data,
        operator=get_current_operator(),
    )


def record_picture(
    request: CancellationRequest, screen: str, png: bytes, text: str
) -> Evidence:
    """Add a line with a picture of the screen; ``text``: what stood in it."""
    row = record_step(request, "seen", screen=screen, text=text)
    row.picture = base64.b64encode(png).decode()
    row.save(update_fields=["picture"])
    return row


def decode_picture(text: str) -> bytes:
    """Return the PNG; b"" for what is no picture, or can no longer be read."""
    try:
        return base64.b64decode(text)
    except ValueError:
        return b""


def record_traces(request: CancellationRequest, traces: list[Trace]) -> None:
    """Add a line for each condition that was searched: its key masked, its hits, its time."""
    for number, trace in enumerate(traces, 1):
        row = {name: value for name, value in asdict(trace).items() if name != "at"}
        record_step(request, "searched", trace.at, number=number, **row)


def describe_subscription(found: Subscription) -> dict[str, Any]:
    """Return what the evidence and the page show of a subscription."""
    return {
        "id": found.external_id,
        "number": found.number,
        "product": found.product,
        "code": found.product_code,
        "state": found.state,
        "times": found.times,
        "cycle": found.cycle,
        "next_at": found.next_at.isoformat() if found.next_at else None,
    }
