"""What an answer to a 解約受付 form wishes: which subscription, what is to be done, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cartsync.models import Cart
from forms_builder.answers.read import Answered
from rpa.fields.product import read_product
from rpa.fields.wishes import parse_cycle
from rpa.models import CancellationRequest, SearchKey

LONGEST_REASON = 200
# Answers that say who somebody is, or what only a link carried: none of them is a reason.
PERSONAL = (*SearchKey.values, "postal_code", "address", "birthday", "hidden")
Kind = CancellationRequest.Kind


@dataclass(frozen=True)
class Wish:
    """``doubt``: why a person must look at once, a code of rpa/requests/reason_texts.py; "" where nobody must."""

    kind: str = Kind.CANCEL
    cart: Cart | None = None
    product: str = ""
    subscription: str = ""
    wanted_date: date | None = None
    every_days: int | None = None
    reason: str = ""
    note: str = ""
    doubt: str = ""


def read_wish(answered: Sequence[Answered]) -> Wish:
    """Return what was wished; a form that asks nothing but who somebody is means: cancel."""
    found = {each.question.kind: each for each in answered if each.values}
    kind, days, day = str(Kind.CANCEL), None, None
    if each := found.get("rpa_action"):
        kind = each.values[0].choice
    if each := found.get("rpa_date"):
        day = each.values[0].date
    asked = {Kind.CHANGE_CYCLE: "rpa_cycle", Kind.PAUSE: "rpa_pause"}.get(Kind(kind))
    if asked and (each := found.get(asked)):
        days = parse_cycle(each.text)
    chosen, product, is_unlisted = None, "", False
    if each := found.get("rpa_product"):
        chosen, product, is_unlisted = read_product(each.values)
    said = "、".join(
        f"{each.question.label}：{each.text}"
        for each in answered
        if each.question.kind not in PERSONAL
        and not each.question.kind.startswith("rpa_")
        and each.text
    )
    reason = found["rpa_reason"].text if "rpa_reason" in found else said
    doubt = find_doubt(kind, day, days)
    return Wish(
        kind,
        chosen.cart if chosen else None,
        product,
        chosen.external_id if chosen else "",
        day if kind == Kind.NEXT_DATE else None,
        days,
        reason[:LONGEST_REASON],
        said,
        "unlisted" if is_unlisted else doubt,
    )


def find_doubt(kind: str, day: date | None, days: int | None) -> str:
    if kind == Kind.NEXT_DATE and not day:
        return "no_date"
    if kind == Kind.CHANGE_CYCLE and not days:
        return "no_cycle"
    return ""
