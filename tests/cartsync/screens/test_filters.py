"""The runs of a cart and what must be decided, narrowed."""

import pytest
from django.test import Client

from cartsync.models import Cart, Link, SyncRun
from members.models import Member
from members.normalize.names import normalize_name
from tests.cartsync.conftest import customer, known, make_cart, stored
from tests.filtering import FRIDAY, SATURDAY, change, send_search

REVIEW = "/t/sakura/carts/review/"


@pytest.mark.parametrize(
    ("query", "outcomes"),
    [
        ("", ["success", "try_later"]),
        ("?outcome=success", ["success"]),
        ("?started_from=2026-11-21", ["success"]),
        ("?started_until=2026-11-20", ["try_later"]),
        ("?outcome=success&started_until=2026-11-20", []),
    ],
)
def test_runs_are_narrowed(
    cart: Cart, vic: Client, query: str, outcomes: list[str]
) -> None:
    for at, outcome in ((FRIDAY, "try_later"), (SATURDAY, "success")):
        SyncRun.objects.create(
            cart=cart, started_at=at, begun_at=at, finished_at=at, outcome=outcome
        )
    page = vic.get(f"/t/sakura/carts/{cart.public_id}/runs/{query}").context["page"]
    assert sorted(run.outcome for run in page.rows) == outcomes


def name_member(name: str, **values: object) -> Member:
    return Member.objects.create(name=name, name_key=normalize_name(name), **values)


@pytest.fixture
def changed(cart: Cart) -> Cart:
    """Two links that changed, in two carts. Returns the second cart."""
    second = make_cart(name="別館")
    for number, (name, shop, at) in enumerate(
        (("山田 花子", cart, FRIDAY), ("佐藤 次郎", second, SATURDAY)), start=1
    ):
        (row,) = stored(shop, customer(number))
        Link.objects.create(
            cart=shop,
            member=name_member(name),
            customer=row,
            matched_by="phone",
            linked_at=at,
            changed_at=at,
        )
    return second


def list_members(client: Client, query: str) -> list[str]:
    page = client.get(REVIEW + query).context["page"]
    return sorted(str(getattr(row, "member", row).name) for row in page.rows)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?view=changed", ["佐藤 次郎", "山田 花子"]),
        ("?view=changed&changed_from=2026-11-21", ["佐藤 次郎"]),
        ("?view=changed&changed_until=2026-11-19", []),
    ],
)
def test_changed_links_are_narrowed(
    changed: Cart, vic: Client, query: str, names: list[str]
) -> None:
    assert list_members(vic, query) == names


def test_changed_links_of_one_cart_and_of_one_member(
    changed: Cart, vic: Client
) -> None:
    assert list_members(vic, f"?cart={changed.public_id}") == ["佐藤 次郎"]
    assert list_members(vic, send_search(vic, REVIEW, "山田")) == ["山田 花子"]


def test_near_misses_are_narrowed(cart: Cart, vic: Client) -> None:
    stored(cart, customer(1, "09012345678"), customer(2, "09022223333"))
    for name, phone, at in (
        ("山田 花子", "090-1234-5670", FRIDAY),
        ("佐藤 次郎", "090-2222-3330", SATURDAY),
    ):
        member = known(phone, name=name, name_key=normalize_name(name))
        change(member, created_at=at)

    def shown(query: str) -> list[str]:
        cases = vic.get(REVIEW + query).context["near"].cases
        return [case.member.name for case in cases]

    assert shown("?view=near") == ["佐藤 次郎", "山田 花子"]
    assert shown("?view=near&created_until=2026-11-20") == ["山田 花子"]
    query = send_search(vic, f"{REVIEW}?view=near", "佐藤")
    assert shown(query) == ["佐藤 次郎"]
    page = vic.get(f"{REVIEW}?view=near&created_until=2026-11-01").content.decode()
    assert "条件に一致するものはありません。" in page


def test_further_near_misses_are_looked_for_under_the_same_conditions(
    cart: Cart, vic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartsync.screens.review.views.SIZE", 1)
    stored(cart, customer(1, "09012345678"), customer(2, "09022223333"))
    for phone in ("090-1234-5670", "090-2222-3330"):
        change(known(phone), created_at=FRIDAY)
    page = vic.get(f"{REVIEW}?view=near&created_until=2026-11-20").context
    further = page["further_url"]
    assert further.startswith("?view=near&created_until=2026-11-20&after=")
    (older,) = vic.get(REVIEW + further).context["near"].cases
    assert older.member.pk < page["near"].cases[0].member.pk


def test_members_to_review_are_narrowed(cart: Cart, vic: Client) -> None:
    change(name_member("山田 花子", link_state="review"), created_at=FRIDAY)
    change(name_member("佐藤 次郎", link_state="review"), created_at=SATURDAY)
    assert list_members(vic, "?view=match&created_from=2026-11-21") == ["佐藤 次郎"]
    query = send_search(vic, f"{REVIEW}?view=match", "山田")
    assert query.startswith("?view=match&s=")
    assert list_members(vic, query) == ["山田 花子"]
    assert vic.get(REVIEW + query).context["filters"].clear_url == "?view=match"
