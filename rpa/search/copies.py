"""Many members searched and matched in our copy at once: what the settings would do for everybody who answered."""

from cartsync.connectors.base import Subscription
from cartsync.models import Cart, CartSubscription
from rpa.models import RpaSettings
from rpa.search.decide import Finding, decide_customer
from rpa.search.products import LIVING, Product, find_subscriptions
from rpa.search.simulate import MOST_MEMBERS, Simulation, read_hits, simulate_search


def match_in_copy(
    cart: Cart, settings: RpaSettings, product: str, most: int
) -> dict[int, str]:
    """Return member → the one subscription that their request would be about; the others are for a person.

    The newest ``most`` members who answered; ``product`` "" for any.
    """
    hits = {key: read_hits(cart, key, most) for key in settings.conditions}
    found: dict[int, str] = {}
    for member_id in next(iter(hits.values()), {}):
        own = {key: hits[key][member_id] for key in settings.conditions}
        decision = decide_customer(settings.mode, settings.conditions, own)
        if decision.finding == Finding.UNIQUE:
            found[member_id] = decision.customer
    rows = list_living_of(cart, set(found.values()))
    wanted = Product(product)
    fitting = {
        member_id: find_subscriptions(wanted, rows.get(customer, []), settings)
        for member_id, customer in found.items()
    }
    return {
        member_id: each[0].external_id
        for member_id, each in fitting.items()
        if len(each) == 1
    }


def list_living_of(cart: Cart, customers: set[str]) -> dict[str, list[Subscription]]:
    """Return the living subscriptions of these customers, as the copy has them."""
    rows = CartSubscription.objects.filter(
        cart=cart, customer_external_id__in=customers, state__in=LIVING
    )
    found: dict[str, list[Subscription]] = {}
    for row in rows:
        found.setdefault(row.customer_external_id, []).append(
            Subscription(
                row.external_id,
                row.customer_external_id,
                row.product,
                row.state,
                row.times,
                row.next_at,
                row.changed_at,
            )
        )
    return found


def simulate_requests(cart: Cart, settings: RpaSettings) -> Simulation:
    """Search the newest members who answered, and count for how many one subscription would be found as well."""
    result = simulate_search(cart, settings.mode, settings.conditions)
    result.matched = len(match_in_copy(cart, settings, "", MOST_MEMBERS))
    return result
