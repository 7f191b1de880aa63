"""The keyset pager: every row once, in order, forwards and back, whatever ties and empty values there are."""

import datetime as dt
from itertools import chain

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.pager import paginate_rows
from members.models import Member
from tenants.models import Tenant

DAYS = [None, *(dt.datetime(2026, 11, day, tzinfo=dt.UTC) for day in (1, 2, 3))]
ORDERS = (
    ["-last_seen_at"],
    ["last_seen_at"],
    ["name", "-last_seen_at"],
    ["-created_at"],
    ["-name", "id"],
)


def make(values: list[tuple[str, int]]) -> list[Member]:
    return Member.objects.bulk_create(
        [Member(name=name, last_seen_at=DAYS[day]) for name, day in values]
    )


def in_order(order: list[str]) -> list[int]:
    """The list as Python sorts it: empty values last, ties by the key in the direction of the last column."""
    members = list(Member.objects.all())
    keys = (
        order
        if order[-1] == "id"
        else [*order, "-pk" if order[-1].startswith("-") else "pk"]
    )
    for key in reversed(keys):
        name, descending = key.removeprefix("-"), key.startswith("-")
        known = [m for m in members if getattr(m, name) is not None]
        empty = [m for m in members if getattr(m, name) is None]
        members = (
            sorted(known, key=lambda m, name=name: getattr(m, name), reverse=descending)
            + empty
        )
    return [member.pk for member in members]


def walk(order: list[str], size: int, token: str = "after") -> list[list[int]]:
    """Every page from the first (or, for "before", back from the last), as lists of keys."""
    page = paginate_rows(Member.objects.all(), {}, order, size)
    pages = [page]
    while page.after:
        page = paginate_rows(
            Member.objects.all(),
            {"after": page.after, "at": str(page.next_start)},
            order,
            size,
        )
        pages.append(page)
    if token == "before":
        pages = [page]
        while page.before:
            page = paginate_rows(
                Member.objects.all(),
                {"before": page.before, "at": str(page.previous_start)},
                order,
                size,
            )
            pages.insert(0, page)
    return [[row.pk for row in page] for page in pages]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.tuples(st.sampled_from("あいう髙𠮷"), st.integers(0, 3)), max_size=13),
    st.sampled_from(ORDERS),
    st.integers(1, 5),
)
def test_pages_are_the_list(
    sakura: Tenant, values: list[tuple[str, int]], order: list[str], size: int
) -> None:
    Member.objects.all().delete()
    make(values)
    for name in (key.removeprefix("-") for key in order):
        if name == "name":
            # PostgreSQL sorts names by its collation; compare with its own order.
            expected = list(
                Member.objects.order_by(*orderings(order)).values_list("pk", flat=True)
            )
            break
    else:
        expected = in_order(order)
    assert list(chain(*walk(order, size))) == expected
    assert list(chain(*walk(order, size, "before"))) == expected


def orderings(order: list[str]) -> list[object]:
    from console.pager import list_order_keys

    return [
        key.order(backwards=False)
        for key in list_order_keys(Member.objects.all(), order)
    ]


def test_range_and_ends(sakura: Tenant) -> None:
    make([("会員", 0)] * 7)
    first = paginate_rows(Member.objects.all(), {}, ["-created_at"], 3, total=7)
    second = paginate_rows(
        Member.objects.all(),
        {"after": first.after, "at": "4"},
        ["-created_at"],
        3,
        total=7,
    )
    third = paginate_rows(
        Member.objects.all(),
        {"after": second.after, "at": "7"},
        ["-created_at"],
        3,
        total=7,
    )
    assert [
        (p.start, p.end, bool(p.before), bool(p.after)) for p in (first, second, third)
    ] == [
        (1, 3, False, True),
        (4, 6, True, True),
        (7, 7, True, False),
    ]
    back = paginate_rows(
        Member.objects.all(),
        {"before": third.before, "at": str(third.previous_start)},
        ["-created_at"],
        3,
    )
    assert (back.start, [m.pk for m in back]) == (4, [m.pk for m in second])


def test_tokens_hold_no_personal_data_and_a_wrong_one_gives_the_first_page(
    sakura: Tenant,
) -> None:
    make([("髙﨑 𠮷之助", 1), ("山田 花子", 2)])
    page = paginate_rows(Member.objects.all(), {}, ["name"], 1)
    assert page.after == page.rows[0].public_id
    for wrong in ("nobody", "'; --", "\x00", "9" * 400):
        again = paginate_rows(
            Member.objects.all(), {"after": wrong, "at": "x"}, ["name"], 1
        )
        assert ([m.pk for m in again], again.start) == ([m.pk for m in page], 1)


def test_the_row_of_the_token_may_have_left_the_list(sakura: Tenant) -> None:
    members = make([("会員", 0)] * 5)
    rows = Member.objects.filter(name="会員")
    first = paginate_rows(rows, {}, ["id"], 2)
    Member.objects.filter(pk=members[1].pk).update(name="別名")
    assert [m.pk for m in paginate_rows(rows, {"after": first.after}, ["id"], 2)] == [
        members[2].pk,
        members[3].pk,
    ]


def test_a_page_costs_two_queries(sakura: Tenant) -> None:
    make([("会員", 0)] * 5)
    first = paginate_rows(Member.objects.all(), {}, ["-created_at"], 2)
    with CaptureQueriesContext(connection) as queries:
        list(
            paginate_rows(
                Member.objects.all(), {"after": first.after}, ["-created_at"], 2
            )
        )
    assert len([q for q in queries if q["sql"].startswith("SELECT")]) == 2


@pytest.mark.parametrize("query", [{}, {"after": "x"}, {"before": "x"}])
def test_an_empty_list(sakura: Tenant, query: dict[str, str]) -> None:
    page = paginate_rows(Member.objects.all(), query, ["-created_at"], 2, total=0)
    assert (page.rows, page.before, page.after, page.total) == ([], "", "", 0)
