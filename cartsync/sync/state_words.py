"""What the cart's own words for states mean: the connector knows some, a person says the rest on the cart's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max, Model
from django.utils import timezone
from django.utils.functional import Promise

from cartsync.matching.cart_state import update_cart_states_of_customers
from cartsync.models import (
    Cart,
    CartCustomer,
    CartOrder,
    CartSubscription,
    CartWord,
)
from cartsync.sync.recount import update_customer_counts
from operators import audit
from tenants.models import Tenant
from tenants.wakeups import wake

SHOWN_DAYS = timedelta(days=90)
MOST_WORDS = 100  # of each kind on the page
BATCH = 5_000  # rows changed in one transaction
MODELS: dict[str, type[Model]] = {
    CartWord.Kind.ORDERS: CartOrder,
    CartWord.Kind.SUBSCRIPTIONS: CartSubscription,
    CartWord.Kind.CUSTOMERS: CartCustomer,
}
STATES: dict[str, Sequence[tuple[str, Promise | str]]] = {
    "orders": CartOrder.State.choices,
    "subscriptions": CartSubscription.State.choices,
    "customers": CartCustomer.State.choices,
}
APPLY = """
UPDATE {table} r SET state = w.state
FROM (SELECT x.id, w.state FROM {table} x
      JOIN cartsync_cartword w ON w.tenant_id = %(tenant)s AND w.cart_id = %(cart)s AND w.kind = %(kind)s
           AND w.word = x.word
      WHERE x.tenant_id = %(tenant)s AND x.cart_id = %(cart)s AND x.state <> w.state
      LIMIT %(most)s) w
WHERE r.tenant_id = %(tenant)s AND r.id = w.id RETURNING r.{customer}
"""


@dataclass(frozen=True)
class SeenWord:
    """One word of the last 90 days: how many rows have it, one of them, and what it counts as now."""

    kind: str
    word: str
    count: int
    example: str
    state: str

    @property
    def label(self) -> Promise | str:
        return CartWord.Kind(self.kind).label

    @property
    def choices(self) -> list[tuple[str, Promise | str]]:
        return list(STATES[self.kind])

    @property
    def state_label(self) -> Promise | str:
        return dict(self.choices).get(self.state, self.state)

    @property
    def field(self) -> str:
        """The name of its field on the form; the word itself may hold any letters."""
        return f"{self.kind}-{self.word}"


def list_seen_words(cart: Cart) -> list[SeenWord]:
    """Return every word of the last 90 days, unknown ones first, then the most frequent."""
    since = timezone.now() - SHOWN_DAYS
    found = []
    for kind, model in MODELS.items():
        rows = model._default_manager.filter(cart=cart, changed_at__gte=since)
        words = rows.values("word", "state").annotate(
            n=Count("pk"), example=Max("number")
        )
        found += [
            SeenWord(kind, row["word"], row["n"], row["example"], row["state"])
            for row in words.order_by("-n", "word")[:MOST_WORDS]
        ]
    return sorted(found, key=lambda one: one.state != "other")


@dataclass(frozen=True)
class UndecidedWords:
    """The words of one cart's orders and subscriptions whose meaning neither its connector nor a person has said."""

    cart: Cart
    words: list[str]


def list_undecided_words() -> list[UndecidedWords]:
    """Return them by cart, for all carts at once. A word that a person said is 「その他」 is decided."""
    found = {
        (cart_id, kind.value, word)
        for kind in (CartWord.Kind.ORDERS, CartWord.Kind.SUBSCRIPTIONS)
        for cart_id, word in MODELS[kind]
        ._default_manager.filter(state="other")
        .exclude(word="")
        .order_by()
        .values_list("cart_id", "word")
        .distinct()
    }
    if not found:
        return []
    found -= set(CartWord.objects.values_list("cart_id", "kind", "word"))
    by_cart: dict[int, list[str]] = {}
    for cart_id, _kind, word in sorted(found):
        by_cart.setdefault(cart_id, []).append(word)
    carts = Cart.objects.connected().filter(pk__in=by_cart).order_by("name", "pk")
    return [UndecidedWords(cart, by_cart[cart.pk]) for cart in carts]


@transaction.atomic
def map_words(cart: Cart, states: Mapping[tuple[str, str], str]) -> int:
    """Say what words mean, by (kind, word); rows stored already follow in batches. Return how many are new."""
    stored = {(row.kind, row.word): row.state for row in cart.words.all()}
    new = {key: state for key, state in states.items() if stored.get(key) != state}
    rows = [
        CartWord(cart=cart, kind=kind, word=word, state=state)
        for (kind, word), state in new.items()
    ]
    CartWord.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["tenant", "cart", "kind", "word"],
        update_fields=["state"],
    )
    if new:
        changes = {f"{kind}: {word}": state for (kind, word), state in new.items()}
        audit.record_action("cart.words_mapped", cart, words=changes)
        wake(cart.tenant, "cartsync.words", subject=cart.pk)
    return len(new)


def apply_words(tenant: Tenant, cart_id: int) -> None:
    """Give stored rows the state that their word means now, BATCH in a transaction, and count their customers again."""
    with transaction.atomic():
        cart = Cart.objects.filter(pk=cart_id).first()
    if not cart:
        return
    for kind in MODELS:
        while apply_words_to_batch(cart, kind):
            pass


@transaction.atomic
def apply_words_to_batch(cart: Cart, kind: str) -> int:
    """Give one batch of rows the state that their word means; return how many."""
    customer = (
        "external_id" if kind == CartWord.Kind.CUSTOMERS else "customer_external_id"
    )
    sql = APPLY.format(table=MODELS[kind]._meta.db_table, customer=customer)
    values: dict[str, Any] = {
        "tenant": cart.tenant_id,
        "cart": cart.pk,
        "kind": kind,
        "most": BATCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        touched = [external_id for (external_id,) in cursor.fetchall()]
    if touched and kind == CartWord.Kind.CUSTOMERS:
        update_cart_states_of_customers(cart, touched)
    elif touched:
        update_customer_counts(cart, list(set(touched)))
    return len(touched)
