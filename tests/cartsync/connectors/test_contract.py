"""The contract of every connector, against something that answers like its cart: pages, windows and every trouble."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cartsync.connectors.base import (
    Action,
    Capability,
    Connector,
    Key,
    Resource,
    Unconfirmed,
    Window,
)
from cartsync.connectors.kinds import KINDS, get_connector_class
from cartsync.sync.window import OVERLAP, Reading
from outbound.errors import FixSettings, GiveUp, TryLater
from tests.cartsync.connectors.fakes import (
    START,
    Server,
    Shape,
    make_people,
)
from tests.cartsync.connectors.shapes import SHAPES

EVERYTHING = Window(None, START + timedelta(days=2))


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> Iterator[Shape]:
    found = SHAPES[request.param]()
    with Server(found):
        yield found


def connect(shape: Shape, seconds: float = 10, **values: Any) -> Connector:
    return shape.connector(
        {**shape.settings(), **values}, seconds=seconds, **shape.options()
    )


def read_all(
    shape: Shape, window: Window, resource: Resource = Resource.CUSTOMERS
) -> tuple[list[Any], bool, int]:
    """Read a window to its end; return its rows (each once), whether it is complete, and how many pages it took."""
    connector = connect(shape)
    reading = Reading(window.until - OVERLAP, window.since, resource=resource)
    rows: dict[str, Any] = {}
    for pages in range(1, 60):
        page = connector.read(resource, window, reading.cursor)
        reading = reading.note_page(page)
        rows |= {row.external_id: row for row in page.rows}
        if not page.next_cursor:
            return list(rows.values()), not reading.short, pages
        following = reading.after(page, connector.resources)
        assert following
        reading = following
    raise AssertionError("the window never ends")


def test_every_kind_has_a_shape() -> None:
    called = {kind for kind in KINDS if not get_connector_class(kind).takes_files}
    assert called == set(SHAPES)


def test_reads_every_row_of_many_pages(shape: Shape) -> None:
    shape.people = make_people(11)
    rows, complete, pages = read_all(shape, EVERYTHING)
    assert sorted(int(row.external_id) for row in rows) == list(range(1, 12))
    assert complete is True
    assert pages >= 4


def test_many_rows_of_one_second_are_read_page_by_page(shape: Shape) -> None:
    shape.people = make_people(11, step=timedelta())
    rows, complete, _pages = read_all(shape, EVERYTHING)
    assert sorted(int(row.external_id) for row in rows) == list(range(1, 12))
    assert complete is True


def test_windows_are_half_open(shape: Shape) -> None:
    if Capability.READ_CHANGES not in shape.connector.capabilities:
        pytest.skip("reads everything each time")
    shape.people = make_people(9)
    window = Window(START + timedelta(minutes=3), START + timedelta(minutes=6))
    rows, _complete, _pages = read_all(shape, window)
    assert sorted(int(row.external_id) for row in rows) == [3, 4, 5]


def test_what_overlaps_comes_again_as_it_was(shape: Shape) -> None:
    """The next window starts before the last one ended: nothing in between is lost, and nothing differs."""
    shape.people = make_people(9)
    middle, end = START + timedelta(minutes=6), START + timedelta(minutes=20)
    first, _complete, _pages = read_all(shape, Window(None, middle))
    again, complete, _pages = read_all(
        shape, Window(middle - timedelta(minutes=3), end)
    )
    assert complete is True
    found = {row.external_id: row for row in first}
    assert [row for row in again if row.external_id in found] == [
        found[row.external_id] for row in again if row.external_id in found
    ]
    numbers = {int(row.external_id) for row in (*first, *again)}
    assert numbers == set(range(1, 10))


def test_a_window_without_changes_is_empty_and_complete(shape: Shape) -> None:
    shape.people = make_people(4)
    later = START + timedelta(days=1)
    rows, complete, pages = read_all(shape, Window(later, later + timedelta(hours=1)))
    assert (rows, complete, pages) == ([], True, 1)


def test_a_customer_is_read_whole(shape: Shape) -> None:
    shape.people = make_people(1)
    (row,), _complete, _pages = read_all(shape, EVERYTHING)
    assert (row.external_id, row.email, row.phone.replace("-", "")) == (
        "1",
        "p1@example.jp",
        "09012340001",
    )
    assert row.state == "member"


def test_times_are_the_right_moment(shape: Shape) -> None:
    shape.people = make_people(1)
    (row,), _complete, _pages = read_all(shape, EVERYTHING)
    assert row.changed_at.astimezone(UTC) == datetime(2026, 11, 20, 1, 1, tzinfo=UTC)


def test_orders_are_read_with_customer_and_total(shape: Shape) -> None:
    shape.people = make_people(7)
    rows, complete, _pages = read_all(shape, EVERYTHING, Resource.ORDERS)
    found = {(row.customer_external_id, row.total, row.state) for row in rows}
    assert found == {(str(n), 1000 + n, "sold") for n in range(1, 8)}
    assert complete is True


def test_a_deleted_customer_has_left(shape: Shape) -> None:
    if not getattr(shape, "tells_deleted", True):
        pytest.skip("this cart says nothing of the deleted")
    shape.people = make_people(2)
    shape.people[0].deleted = True
    rows, _complete, _pages = read_all(shape, EVERYTHING)
    assert {row.external_id: row.state for row in rows} == {"1": "left", "2": "member"}


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("busy", TryLater, "busy"),
        ("broken", TryLater, "broken"),
        ("expired", FixSettings, "refused|unapproved"),
        ("firewall", TryLater, "unreadable"),
        ("spoiled", TryLater, "unreadable"),
    ],
)
def test_each_trouble_is_told_apart(
    shape: Shape, fault: str, error: type[Exception], code: str
) -> None:
    shape.people, shape.fault = make_people(4), fault
    with pytest.raises(error, match=code) as raised:
        connect(shape).read(Resource.CUSTOMERS, EVERYTHING, "")
    if fault == "busy":
        assert getattr(raised.value, "pause", None) == timedelta(seconds=7)


def test_a_slow_cart_is_left_in_time(shape: Shape) -> None:
    shape.fault = "slow"
    with pytest.raises(TryLater, match="slow"):
        connect(shape, seconds=0.4).read(Resource.CUSTOMERS, EVERYTHING, "")


def test_the_same_page_for_ever_ends(shape: Shape) -> None:
    shape.people, shape.fault = make_people(11), "same page"
    with pytest.raises(GiveUp, match=r"endless|rejected"):
        read_all(shape, EVERYTHING)
    assert len(shape.calls) <= 5


def test_fewer_rows_than_counted_are_incomplete(shape: Shape) -> None:
    if not getattr(shape, "counts", True):
        pytest.skip("this cart does not count its rows")
    shape.people, shape.fault = make_people(8), "left out"
    rows, complete, _pages = read_all(shape, EVERYTHING)
    assert (len(rows), complete) == (7, False)


def test_finds_by_each_key_it_names(shape: Shape) -> None:
    if not shape.connector.can(Capability.FIND_CUSTOMER):
        with pytest.raises(GiveUp, match="unsupported"):
            connect(shape).find({Key.EMAIL: "p2@example.jp"})
        return
    shape.people = make_people(3)
    values = {
        Key.EMAIL: "p2@example.jp",
        Key.PHONE: "+819012340002",
        Key.EXTERNAL_ID: "2",
    }
    for key in set(values) & set(shape.connector.keys):
        found = connect(shape).find({key: values[key]})
        assert "2" in [row.external_id for row in found], key


def test_orders_of_one_customer_alone(shape: Shape) -> None:
    if not shape.connector.can(Capability.READ_CUSTOMER_ORDERS):
        with pytest.raises(GiveUp, match="unsupported"):
            connect(shape).orders_of("2")
        return
    shape.people = make_people(3)
    found = connect(shape).orders_of("2")
    assert [(row.customer_external_id, row.total) for row in found] == [("2", 1002)]


def test_subscriptions_of_one_customer_as_far_as_it_has_any(shape: Shape) -> None:
    if not shape.connector.can(Action.CANCEL):
        for ask in ("subscriptions_of", "get_subscription"):
            with pytest.raises(GiveUp, match="unsupported"):
                getattr(connect(shape), ask)("2")
        return
    shape.people = make_people(3)
    (found,) = connect(shape).subscriptions_of("2")
    assert (found.external_id, found.customer_external_id) == ("2", "2")
    assert connect(shape).get_subscription("2") == found


@pytest.mark.parametrize(
    ("action", "values"),
    [
        (Action.CANCEL, {"reasons": ["3"]}),
        (Action.PAUSE, {}),
        (Action.SKIP, {}),
        (Action.NEXT_DATE, {"date": datetime(2027, 1, 15).date()}),
        (Action.CHANGE_CYCLE, {"every_days": 45}),
    ],
)
def test_acts_as_far_as_it_says_and_reads_back(
    shape: Shape, monkeypatch: pytest.MonkeyPatch, action: Action, values: Any
) -> None:
    monkeypatch.setattr("cartsync.connectors.ecforce.READ_BACK", (0, 0))
    shape.people = make_people(2)
    if not shape.connector.can(action):
        with pytest.raises(GiveUp, match="unsupported"):
            connect(shape).act("2", action, **values)
        return
    done = connect(shape).act("2", action, **values)
    assert done.external_id == "2"
    states = {Action.CANCEL: "cancelled", Action.PAUSE: "suspended"}
    assert done.state == states.get(action, "active")
    sent = [call for call in shape.calls if call.method != "GET"]
    assert len(sent) == 1


def test_a_change_that_was_ignored_is_unconfirmed_and_sent_once(
    shape: Shape, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartsync.connectors.ecforce.READ_BACK", (0, 0))
    if not shape.connector.can(Action.CANCEL):
        pytest.skip("cannot cancel")
    shape.people, shape.fault = make_people(2), "ignored"
    with pytest.raises(Unconfirmed, match="unconfirmed"):
        connect(shape).act("2", Action.CANCEL)
    assert len([call for call in shape.calls if call.method == "PUT"]) == 1


def test_trying_out_counts_or_says_nothing(shape: Shape) -> None:
    shape.people = make_people(4)
    assert connect(shape).check() in (4, None)
    shape.fault = "expired"
    with pytest.raises(FixSettings, match=r"refused|unapproved"):
        connect(shape).check()
