"""The shops with their figures of the last days, as the platform's pages show them."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Q, Sum
from django.utils import timezone

from administration.models import Application, ShopDay
from tenants.models import Tenant

DAYS = 30
# So many times the average of the others, and more than so many messages, is worth a look.
FAR_ABOVE, NOTABLE = 3, 1000
HEIGHT, STEP, BAR = 120, 24, 16


@dataclass(frozen=True)
class ShopRow:
    """``times``: how many times the other shops' average it sent, where that is far above; else 0."""

    shop: Tenant
    members: int
    operators: int
    sent: int
    times: float


@dataclass(frozen=True)
class DayBar:
    day: date
    sent: int
    x: int
    y: float
    height: float


def compute_times(sent: int, others_sent: int, others: int) -> float:
    """Return how many times the others' average ``sent`` is where that is far above it, else 0."""
    average = others_sent / others if others else 0
    if not average or sent <= NOTABLE or sent <= FAR_ABOVE * average:
        return 0
    return round(sent / average, 1)


def add_figures(shops: list[Tenant]) -> list[ShopRow]:
    """Return the shops with their newest counts and what they sent in the last days: three queries for all."""
    since = timezone.localdate() - timedelta(days=DAYS)
    recent = ShopDay.objects.filter(day__gte=since)
    sent = dict(recent.values_list("shop").annotate(Sum("sent")).order_by())
    newest = (
        ShopDay.objects.filter(shop__in=shops).values("shop").annotate(at=Max("day"))
    )
    last = Q(pk=None)
    for row in newest:
        last |= Q(shop=row["shop"], day=row["at"])
    days = {each.shop_id: each for each in ShopDay.objects.filter(last)}
    total = sum(sent.values())
    rows = []
    for shop in shops:
        own, day = sent.get(shop.pk, 0), days.get(shop.pk)
        others = len(sent) - (shop.pk in sent)
        rows.append(
            ShopRow(
                shop,
                day.members if day else 0,
                day.operators if day else 0,
                own,
                compute_times(own, total - own, others),
            )
        )
    return rows


def draw_days(shop: Tenant) -> list[DayBar]:
    """Return a bar for each of the last days that was counted; the highest fills the picture."""
    since = timezone.localdate() - timedelta(days=DAYS)
    days = list(ShopDay.objects.filter(shop=shop, day__gte=since).order_by("day"))
    highest = max((each.sent for each in days), default=0) or 1
    bars = []
    for place, each in enumerate(days):
        height = round(HEIGHT * each.sent / highest, 1)
        x = place * STEP + (STEP - BAR) // 2
        bars.append(DayBar(each.day, each.sent, x, round(HEIGHT - height, 1), height))
    return bars


def count_open_applications() -> int:
    return Application.objects.filter(state=Application.State.OPEN).count()
