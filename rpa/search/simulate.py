"""What the settings would find for real members, counted in our copy of the cart."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from cartsync.models import Cart, CartCustomer
from rpa.models import SearchKey
from rpa.search.decide import Finding, decide_customer
from tenants.scope import get_current_tenant_id

MOST_MEMBERS = 1000
COLUMNS = {
    SearchKey.NAME: "name_key",
    SearchKey.PHONE: "phone_e164",
    SearchKey.EMAIL: "email_key",
}
ASKED = """
SELECT id, {column} FROM members_member
WHERE tenant_id = %(tenant)s AND deleted_at IS NULL AND answered_at IS NOT NULL
ORDER BY answered_at DESC, id DESC LIMIT %(most)s
"""
# One pass over the customers whatever the planner knows of them: a join of both tables without statistics compared
# each name with each customer. More than three are as many as three.
HITS = """
SELECT {column}, (array_agg(external_id))[1:3] FROM cartsync_cartcustomer
WHERE tenant_id = %(tenant)s AND cart_id = %(cart)s AND {column} = ANY(%(keys)s) AND state = ANY(%(states)s)
GROUP BY {column}
"""


@dataclass
class Tally:
    """How many members one condition, or all of them together, found once, several times, not at all."""

    key: str = ""
    unique: int = 0
    several: int = 0
    none: int = 0
    blank: int = 0


@dataclass
class Simulation:
    """``outcome``: what the settings as a whole decide; ``several`` there is what goes to a person.

    ``matched``: of how many one living subscription would be found besides, without a product being named.
    """

    cart: Cart
    members: int = 0
    conditions: list[Tally] = field(default_factory=list)
    outcome: Tally = field(default_factory=Tally)
    matched: int = 0


def simulate_search(
    cart: Cart, mode: str, conditions: Sequence[str], most: int = MOST_MEMBERS
) -> Simulation:
    """Search the newest members who answered, as their requests would be, and count what is found."""
    hits = {key: read_hits(cart, key, most) for key in conditions}
    result = Simulation(cart, members=len(next(iter(hits.values()), {})))
    result.conditions = [
        count_hits(key, list(hits[key].values())) for key in conditions
    ]
    for member_id in next(iter(hits.values()), {}):
        decision = decide_customer(
            mode, conditions, {key: hits[key][member_id] for key in conditions}
        )
        if decision.finding == Finding.UNIQUE:
            result.outcome.unique += 1
        elif decision.finding == Finding.NONE:
            result.outcome.none += 1
        else:
            result.outcome.several += 1
    return result


def read_hits(cart: Cart, key: str, most: int) -> dict[int, frozenset[str] | None]:
    """Return member → the customers with the same key, None where the member has none."""
    values: dict[str, Any] = {
        "tenant": get_current_tenant_id(),
        "cart": cart.pk,
        "most": most,
        "states": [str(state) for state in CartCustomer.LINKABLE],
    }
    column = COLUMNS[SearchKey(key)]
    with connection.cursor() as cursor:
        cursor.execute(ASKED.format(column=column), values)
        asked = dict(cursor.fetchall())
        values["keys"] = list(set(filter(None, asked.values())))
        cursor.execute(HITS.format(column=column), values)
        found = {value: frozenset(ids) for value, ids in cursor.fetchall()}
    return {
        member_id: found.get(value, frozenset()) if value else None
        for member_id, value in asked.items()
    }


def count_hits(key: str, hits: Sequence[frozenset[str] | None]) -> Tally:
    tally = Tally(key)
    for found in hits:
        if found is None:
            tally.blank += 1
        elif not found:
            tally.none += 1
        elif len(found) == 1:
            tally.unique += 1
        else:
            tally.several += 1
    return tally
