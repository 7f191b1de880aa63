"""惜しい一致: members who are not linked and for whom a cart has a customer who is almost them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from cartsync.matching.review import ReviewCase, build_cases
from cartsync.models import CartCustomer
from members.models import Member

# Near misses are looked up, not stored: a page looks at so many members at most, BATCH of them at a time.
BATCH, MOST_LOOKED_AT = 250, 1_000


@dataclass
class NearPage:
    """Some cases, newest member first; ``after`` is the id from which to look further, 0 at the end."""

    cases: list[ReviewCase] = field(default_factory=list)
    after: int = 0


def select_known_members() -> QuerySet[Member]:
    """Return the members among whom near misses are looked for."""
    return Member.objects.filter(link_state=Member.LinkState.KNOWN, deleted_at=None)


def find_near_cases(
    after: int, size: int, rows: QuerySet[Member] | None = None
) -> NearPage:
    """Return the next cases among those of ``rows`` (None: of all) older than ``after`` (0: from the newest)."""
    page = NearPage()
    known = select_known_members() if rows is None else rows
    for members in iterate_unlinked_members(known, after):
        for case in build_cases(members):
            if case.reason and case.reason.code == "near" and case.candidates:
                page.cases.append(case)
                if len(page.cases) == size:
                    page.after = case.member.pk
                    return page
        page.after = members[-1].pk if len(members) == BATCH else 0
    return page


def iterate_unlinked_members(
    rows: QuerySet[Member], after: int
) -> Iterator[Sequence[Member]]:
    newest = rows.order_by("-pk")
    for _number in range(MOST_LOOKED_AT // BATCH):
        members = list((newest.filter(pk__lt=after) if after else newest)[:BATCH])
        if not members:
            return
        yield members
        if len(members) < BATCH:
            return
        after = members[-1].pk


def find_pairs(
    choices: Sequence[tuple[str, int]],
) -> list[tuple[Member, CartCustomer]]:
    """Return the members and customers that were chosen, by (public id, customer id); who is gone is left out."""
    members = {
        row.public_id: row
        for row in Member.objects.filter(
            public_id__in=[public_id for public_id, _pk in choices], deleted_at=None
        )
    }
    customers = CartCustomer.objects.select_related("cart__linked_tag").in_bulk(
        [pk for _public_id, pk in choices]
    )
    return [
        (members[public_id], customers[pk])
        for public_id, pk in choices
        if public_id in members and pk in customers
    ]
