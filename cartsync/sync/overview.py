"""The state of the carts, for the screens: a fixed number of queries for any number of carts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import Coalesce, Now, RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartsync.errors import Trouble, get_trouble
from cartsync.models import Cart, CartCustomer, CartWord, Link, SyncRun
from cartsync.sync.intervals import MEASURED_OVER, measure_interval
from cartsync.sync.manage import is_awaiting_approval
from cartsync.sync.window import Reading
from tenants.models import Wakeup


@dataclass(frozen=True)
class FirstReading:
    """How far a cart's first reading is: rows of ``resource``; ``total`` None where the cart does not count them.

    ``left``: how long the rest of what was counted takes at the pace until now; None while nobody can tell.
    """

    resource: Promise | str
    read: int
    total: int | None
    left: timedelta | None


@dataclass
class Overview:
    """One cart as the status page shows it."""

    cart: Cart
    newest: SyncRun | None = None
    successes: list[datetime] = field(default_factory=list)
    next_at: datetime | None = None
    customers: int = 0
    linked: int = 0
    changed: int = 0
    # How long the runs of the first reading took together until now.
    spent: timedelta = timedelta()

    @property
    def first_reading(self) -> FirstReading | None:
        """How far the first reading is; None once everything was read."""
        if self.cart.read_until or not self.cart.cursor:
            return None
        reading = Reading.loaded(self.cart.cursor)
        name = reading.resource.value
        read, total = reading.read.get(name, 0), reading.totals.get(name)
        done, counted = sum(reading.read.values()), sum(reading.totals.values())
        left = None
        if total is not None and done and self.spent:
            left = self.spent * (max(counted - done, 0) / done)
        return FirstReading(CartWord.Kind(name).label, read, total, left)

    @property
    def is_polled(self) -> bool:
        """Whether the cart is read at all: it is switched on, and approved where it must be."""
        return self.cart.is_active and not is_awaiting_approval(self.cart)

    @property
    def planned(self) -> timedelta:
        return timedelta(minutes=self.cart.frequency)

    @property
    def measured(self) -> timedelta | None:
        return measure_interval(self.successes)

    @property
    def last_success(self) -> datetime | None:
        return self.successes[0] if self.successes else None

    @property
    def trouble(self) -> Trouble | None:
        if self.cart.stopped_reason:
            return get_trouble(self.cart.stopped_reason)
        return (
            get_trouble(self.newest.error)
            if self.newest and self.newest.outcome in SyncRun.FAILED
            else None
        )

    @property
    def state(self) -> tuple[str, Promise]:
        """The badge: its kind and its label."""
        if self.cart.stopped_reason:
            return "bad", _("停止しました")
        if not self.cart.is_active:
            return "neutral", _("連携オフ")
        if is_awaiting_approval(self.cart):
            return "warn", _("許可待ち")
        if self.newest and self.newest.outcome == SyncRun.Outcome.RUNNING:
            return "busy", _("連携中")
        if self.newest and self.newest.outcome in SyncRun.FAILED:
            return "bad", _("エラー")
        if self.cart.cursor or not self.newest:
            return "busy", _("初回の読み込み中") if not self.cart.read_until else _(
                "連携中"
            )
        return "ok", _("正常")


def build_overviews(carts: Sequence[Cart]) -> list[Overview]:
    found = {cart.pk: Overview(cart) for cart in carts}
    for run in (
        SyncRun.objects.filter(cart__in=found)
        .order_by("cart_id", "-started_at", "-pk")
        .distinct("cart_id")
    ):
        found[run.cart_id].newest = run
    for cart_id, spent in _load_spent_times(carts).items():
        found[cart_id].spent = spent
    for cart_id, times in _load_success_times(list(found)).items():
        found[cart_id].successes = times
    if carts:
        timers = Wakeup.objects.filter(
            tenant=carts[0].tenant_id, kind="cartsync.poll", subject__in=list(found)
        )
        for timer in timers:
            found[timer.subject].next_at = timer.due_at
    for row in (
        CartCustomer.objects.filter(cart__in=found)
        .values("cart_id")
        .annotate(n=Count("pk"))
    ):
        found[row["cart_id"]].customers = row["n"]
    changed = Count("pk", filter=Q(changed_at__isnull=False))
    for row in (
        Link.objects.current()
        .filter(cart__in=found)
        .values("cart_id")
        .annotate(n=Count("pk"), changed=changed)
    ):
        found[row["cart_id"]].linked, found[row["cart_id"]].changed = (
            row["n"],
            row["changed"],
        )
    return list(found.values())


def _load_spent_times(carts: Sequence[Cart]) -> dict[int, timedelta]:
    """Return how long the runs of the carts that are read for the first time took, by cart."""
    first = [cart.pk for cart in carts if cart.cursor and not cart.read_until]
    if not first:
        return {}
    runs = SyncRun.objects.filter(cart__in=first)
    taken = Coalesce("finished_at", Now()) - F("started_at")
    spent = runs.values("cart_id").annotate(n=Sum(taken))
    return {row["cart_id"]: row["n"] for row in spent}


def _load_success_times(cart_ids: list[int]) -> dict[int, list[datetime]]:
    """Return when the newest successful runs of each cart began, newest first."""
    place = Window(
        RowNumber(), partition_by=[F("cart_id")], order_by=F("started_at").desc()
    )
    runs = SyncRun.objects.filter(
        cart__in=cart_ids, outcome=SyncRun.Outcome.SUCCESS
    ).annotate(place=place)
    times = defaultdict(list)
    for cart_id, started in (
        runs.filter(place__lte=MEASURED_OVER + 1)
        .order_by("place")
        .values_list("cart_id", "started_at")
    ):
        times[cart_id].append(started)
    return times
