"""Search order × mode × points: each case in a line, and every case against an obvious oracle."""

import itertools

import pytest

from rpa.search.decide import Decision, Finding, decide_customer

KEYS = ("email", "phone", "name")
Hits = dict[str, str | None]


def decide(mode: str, order: str, hits: Hits) -> Decision:
    """``hits``: key → letters, each a customer; None where nothing was given."""
    sets = {
        key: None if found is None else frozenset(found) for key, found in hits.items()
    }
    return decide_customer(mode, order.split(), sets)


@pytest.mark.parametrize(
    ("mode", "order", "hits", "finding", "customer"),
    [
        # One point.
        ("any", "email", {"email": "A"}, "unique", "A"),
        ("all", "email", {"email": "A"}, "unique", "A"),
        ("any", "email", {"email": ""}, "none", ""),
        ("all", "email", {"email": "AB"}, "several", ""),
        ("any", "email", {"email": None}, "none", ""),
        # いずれか: the next key only when the one before found nobody.
        ("any", "phone email", {"phone": "", "email": "A"}, "unique", "A"),
        ("any", "phone email", {"phone": "A", "email": ""}, "unique", "A"),
        ("any", "phone email", {"phone": None, "email": "A"}, "unique", "A"),
        ("any", "phone email name", {"phone": "", "email": "", "name": "A"}, "unique", "A"),
        # Found by one key is enough, and agreement does no harm.
        ("any", "phone email", {"phone": "A", "email": "A"}, "unique", "A"),
        ("any", "phone email", {"phone": "A", "email": "AB"}, "unique", "A"),
        # Another ticked key means somebody else.
        ("any", "phone email", {"phone": "A", "email": "B"}, "conflict", ""),
        ("any", "email phone name", {"email": "A", "phone": "A", "name": "B"}, "conflict", ""),
        # A family shares a phone: the phone alone finds several, and no later key is asked.
        ("any", "phone email", {"phone": "AB", "email": "A"}, "several", ""),
        ("any", "email phone", {"email": "A", "phone": "AB"}, "unique", "A"),
        # すべて: two or three keys must agree.
        ("all", "email phone", {"email": "A", "phone": "A"}, "unique", "A"),
        ("all", "email phone", {"email": "A", "phone": "AB"}, "unique", "A"),
        ("all", "phone name", {"phone": "AB", "name": "BC"}, "unique", "B"),
        ("all", "email phone", {"email": "A", "phone": ""}, "conflict", ""),
        ("all", "email phone", {"email": "A", "phone": "B"}, "conflict", ""),
        ("all", "email phone", {"email": "A", "phone": None}, "incomplete", ""),
        ("all", "email phone", {"email": "", "phone": ""}, "none", ""),
        ("all", "phone name", {"phone": "AB", "name": "AB"}, "several", ""),
        ("all", "email phone name", {"email": "A", "phone": "AB", "name": "AC"}, "unique", "A"),
    ],
)  # fmt: skip
def test_each_case(
    mode: str, order: str, hits: Hits, finding: str, customer: str
) -> None:
    decision = decide(mode, order, hits)
    assert (decision.finding, decision.customer) == (finding, customer)


def find_by_hand(mode: str, order: tuple[str, ...], hits: Hits) -> str:
    """The rule of the screen, said as slowly as possible; "" where it does not name one customer."""
    if mode == "all":
        agreeing = [one for one in "ABC" if all(one in (hits[k] or "") for k in order)]
        return agreeing[0] if len(agreeing) == 1 else ""
    for key in order:
        if not hits[key]:
            continue
        if len(hits[key] or "") > 1:
            return ""
        one = hits[key] or ""
        elsewhere = [k for k in order if hits[k] and one not in (hits[k] or "")]
        return "" if elsewhere else one
    return ""


def test_every_order_mode_and_number_of_points_against_the_rule() -> None:
    sets = (None, "", "A", "B", "AB", "ABC")
    tried = 0
    for points in (1, 2, 3):
        for order in itertools.permutations(KEYS, points):
            for found in itertools.product(sets, repeat=points):
                hits: Hits = dict(zip(order, found, strict=True))
                for mode in ("all", "any"):
                    decision = decide(mode, " ".join(order), hits)
                    assert decision.customer == find_by_hand(mode, order, hits), hits
                    assert (decision.finding == Finding.UNIQUE) == bool(
                        decision.customer
                    )
                    tried += 1
    assert tried == 2 * (3 * 6 + 6 * 36 + 6 * 216)


def test_candidates_are_what_a_person_looks_at() -> None:
    decision = decide("any", "phone email", {"phone": "AB", "email": "C"})
    assert (decision.candidates, decision.by) == (("A", "B", "C"), "phone")
    assert decision.needs_person
