"""A request in words: its facts and its evidence, as the page and the exported case show them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cartsync.models import CartSubscription
from console.templatetags.kit import format_moment
from operators.models import Notice
from operators.notify import NoticeText
from rpa.evidence.record import SCREENS, STEPS, decode_picture
from rpa.models import CancellationRequest, Evidence, SearchKey
from rpa.requests.reason_texts import WHYS


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True)
class Entry:
    """A line of the evidence; ``who`` is the operator, or the robot."""

    step: str
    title: str
    at: datetime
    who: str
    text: str
    png: bytes = b""


def describe_facts(
    request: CancellationRequest, with_contact: bool = True
) -> list[Fact]:
    """Return what the request says and what became of it; what is blank is left out."""
    given = request.given if with_contact else {}
    rows: list[tuple[str, Any]] = [
        (_("状態"), request.result),
        (_("進み具合"), request.progress),
        (_("申請日"), format_moment(request.received_at)),
        (_("カート"), request.cart.name),
        *((str(SearchKey(key).label), value) for key, value in given.items()),
        (_("商品名"), request.product),
        (_("商品コード"), request.product_code),
        (
            get_date_label(request),
            request.wanted_date and format_moment(request.wanted_date, "date"),
        ),
        (get_days_label(request), request.every_days),
        (_("理由"), request.reason),
        (_("お客様の確認"), describe_confirmation(request)),
        (_("顧客番号"), request.customer_number),
        (_("変更前"), describe_snapshot(request.before)),
        (_("変更後"), describe_snapshot(request.after)),
        (_("登録した人"), request.made_by and request.made_by.name),
        (_("決めた人"), request.decided_by and request.decided_by.name),
    ]
    return [Fact(str(label), str(value)) for label, value in rows if value]


def describe_confirmation(request: CancellationRequest) -> str:
    """Return what the customer chose on the screen of offers, and when; "" where they met none or pressed nothing."""
    if not request.answered_at:
        return ""
    went_on = request.kind == request.asked_kind
    choice = _("解約を続ける") if went_on else request.get_kind_display()
    told = {"choice": choice, "at": format_moment(request.answered_at)}
    return _("「%(choice)s」（%(at)s）") % told


def get_date_label(request: CancellationRequest) -> str:
    """Return what the request's date is: the customer's wish, or what came of a 休止 or スキップ."""
    wished = request.kind == CancellationRequest.Kind.NEXT_DATE
    return _("希望日") if wished else _("新しいお届け日")


def get_days_label(request: CancellationRequest) -> str:
    pauses = request.kind == CancellationRequest.Kind.PAUSE
    return _("お休みの日数") if pauses else _("周期（日）")


def describe_snapshot(found: dict[str, Any]) -> str:
    """Return a subscription as it was read: 「めぐり茶 30包・継続中・次回 2026/12/08」."""
    if not found:
        return ""
    states = dict(CartSubscription.State.choices)
    parts = [found.get("product", ""), str(states.get(found.get("state", ""), ""))]
    if found.get("next_at"):
        day = timezone.localtime(datetime.fromisoformat(found["next_at"]))
        parts.append(_("次回 %(day)s") % {"day": format_moment(day, "date")})
    return _("・").join(part for part in parts if part)


def list_entries(request: CancellationRequest) -> list[Entry]:
    """Return the evidence in its order, without its pictures."""
    rows = request.evidence.select_related("operator").defer("picture")
    return [describe_evidence(row) for row in rows.order_by("at", "pk")]


def list_pictured_entries(request: CancellationRequest) -> list[Entry]:
    """Return the evidence in its order, each line with its picture."""
    rows = request.evidence.select_related("operator").order_by("at", "pk")
    return [
        replace(describe_evidence(row), png=decode_picture(row.picture)) for row in rows
    ]


def describe_evidence(row: Evidence) -> Entry:
    who = row.operator.name if row.operator else _("ロボット")
    return Entry(
        row.step, str(STEPS.get(row.step, row.step)), row.at, who, describe_step(row)
    )


def describe_step(row: Evidence) -> str:
    """Return what the step saw, in a sentence; "" where its title says all."""
    data = row.data
    if row.step == "searched":
        told = {
            "number": data["number"],
            "key": SearchKey(data["key"]).label,
            "masked": data["masked"],
            "hits": data["hits"],
        }
        if data["hits"] is None:
            return _("第%(number)s条件 %(key)s：申請に値がありません。") % told
        return _("第%(number)s条件 %(key)s（%(masked)s）：%(hits)s件") % told
    if row.step == "identified" and (points := data.get("points")):
        keys = _("、").join(str(SearchKey(key).label) for key in points)
        return _("一致した項目：%(keys)s（%(n)s点）") % {"keys": keys, "n": len(points)}
    if row.step == "seen":
        return str(SCREENS.get(data["screen"], data["screen"]))
    if row.step == "told":
        return _("LINEで") if data["channel"] == "line" else _("メールで")
    if why := data.get("why"):
        return str(WHYS[why][0]) if why in WHYS else ""
    return str(data.get("note", ""))


def describe_request_notices(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Say of each request why a person is needed, and lead to it."""
    ids = [notice.subject_id or 0 for notice in notices]
    requests = CancellationRequest.objects.in_bulk(ids)
    return {
        notice.pk: NoticeText(
            _("申請に人の確認が必要です：%(kind)s")
            % {"kind": request.get_kind_display()},
            str(WHYS[request.why][0]) if request.why in WHYS else "",
            "rpa:request",
            (request.public_id,),
        )
        for notice in notices
        if (request := requests.get(notice.subject_id or 0))
    }
