"""Count the friends by how far they got, now and day by day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cartsync.funnel.reasons import store_unlinked_reasons
from cartsync.models import FunnelDay, UnlinkedReason
from members.models import Member
from messaging.accounts.staff import build_staff_q
from tenants.models import Tenant
from tenants.pg.replica import try_replica_first
from tenants.wakeups import wake

WAKEUP = "cartsync.funnel"
EVERY = timedelta(hours=1)
# After a poll the reasons are found again, but not more often than this.
SOONEST = timedelta(minutes=5)
# Who answered a form, in LINE or by the link in a mail.
BY_FORM = ("form", "mail_link")


@dataclass(frozen=True)
class Funnel:
    """Friends › known › linked, and why the rest is not. Who is linked is known; ``not_found`` is known, no more."""

    friends: int
    known: int
    by_form: int
    by_operator: int
    by_import: int
    linked: int
    unanswered: int
    review: int
    not_found: int

    @property
    def known_share(self) -> int:
        """The share of the friends who are known, in percent."""
        return round(self.known * 100 / self.friends) if self.friends else 0

    @property
    def linked_share(self) -> int:
        """The share of the friends who are linked, in percent."""
        return round(self.linked * 100 / self.friends) if self.friends else 0


def list_customer_friends() -> QuerySet[Member]:
    """Return those who are friends on LINE now; neither deleted members nor the shop's own staff."""
    friends = Member.objects.filter(line_state=Member.LineState.FRIEND, deleted_at=None)
    return friends.exclude(build_staff_q())


@try_replica_first
def count_funnel() -> Funnel:
    """Count those who are friends on LINE now, by how far they got."""
    state = Member.LinkState
    known = ~Q(link_state=state.UNANSWERED)
    counts = list_customer_friends().aggregate(
        friends=Count("pk"),
        known=Count("pk", filter=known),
        by_form=Count("pk", filter=known & Q(known_by__in=BY_FORM)),
        by_operator=Count("pk", filter=known & Q(known_by="operator")),
        by_import=Count("pk", filter=known & Q(known_by="import")),
        linked=Count("pk", filter=Q(link_state=state.LINKED)),
        unanswered=Count("pk", filter=Q(link_state=state.UNANSWERED)),
        review=Count("pk", filter=Q(link_state=state.REVIEW)),
        not_found=Count("pk", filter=Q(link_state=state.KNOWN)),
    )
    return Funnel(**counts)


def build_reason_q(codes: list[int] | None) -> Q:
    """Return the Q on Member for those not linked for one of these reasons; None: those whose reason is unknown yet."""
    rows = UnlinkedReason.objects.filter(member_id=OuterRef("pk"))
    unlinked = Q(link_state__in=[Member.LinkState.KNOWN, Member.LinkState.REVIEW])
    if codes is None:
        return unlinked & ~Q(Exists(rows))
    return unlinked & Q(Exists(rows.filter(code__in=codes)))


def count_reasons() -> dict[int | None, int]:
    """Return {reason: friends} of the known who are not linked; None: those whose reason is not found yet."""
    friends = list_customer_friends().filter(
        link_state__in=[Member.LinkState.KNOWN, Member.LinkState.REVIEW]
    )
    rows = UnlinkedReason.objects.filter(member__in=friends.values("pk"))
    found: dict[int | None, int] = dict(
        rows.order_by().values_list("code").annotate(n=Count("pk"))
    )
    rest = friends.count() - sum(found.values())
    return {**found, None: rest} if rest else found


@transaction.atomic
def record_funnel_day(now: datetime) -> FunnelDay:
    """Store how far the friends are; the last count of a day stays."""
    funnel = count_funnel()
    day, _new = FunnelDay.objects.update_or_create(
        day=timezone.localdate(now),
        defaults={
            "counted_at": now,
            "friends": funnel.friends,
            "known": funnel.known,
            "linked": funnel.linked,
        },
    )
    return day


def count_everything() -> datetime:
    """Find the reasons, record the day, and return when to do so again."""
    store_unlinked_reasons()
    record_funnel_day(timezone.now())
    return timezone.now() + EVERY


def begin_counting(tenant: Tenant, **_kwargs: object) -> None:
    """Count the friends of a new shop, each hour from now on."""
    wake(tenant, WAKEUP)


def count_again_soon(tenant: Tenant) -> None:
    """Have the reasons found again because a poll brought something, though not with each of many polls."""
    newest = FunnelDay.objects.order_by("-day").first()
    wake(tenant, WAKEUP, at=newest.counted_at + SOONEST if newest else None)


def list_funnel_days(days: int, funnel: Funnel) -> list[FunnelDay]:
    """Return the last so many days of which something is stored, the oldest first; today as it is now."""
    today: date = timezone.localdate()
    since = today - timedelta(days=days)
    found = list(FunnelDay.objects.filter(day__gt=since).order_by("day"))
    if found and found[-1].day == today:
        for count in ("friends", "known", "linked"):
            setattr(found[-1], count, getattr(funnel, count))
    return found
