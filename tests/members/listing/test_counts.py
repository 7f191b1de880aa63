from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError

from members.listing import counts
from members.listing.counts import Count, count_list_rows, get_cached_numbers
from members.models import Member
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(counts, "LARGE", 3)
    cache.clear()
    yield
    cache.clear()


def make(number: int) -> None:
    Member.objects.bulk_create([Member() for _ in range(number)])


def test_few_are_counted_each_time(sakura: Tenant) -> None:
    make(2)
    assert count_list_rows(Member.objects.all(), "all") == Count(2)
    Member.objects.all()[0].delete()
    assert count_list_rows(Member.objects.all(), "all") == Count(1)


def test_many_are_remembered_for_a_minute(sakura: Tenant) -> None:
    make(3)
    assert count_list_rows(Member.objects.all(), "all") == Count(3, approximate=False)
    make(1)
    assert count_list_rows(Member.objects.all(), "all") == Count(3, approximate=True)
    assert count_list_rows(Member.objects.all(), "another question") == Count(4)


def test_one_asker_counts_anew_and_the_others_take_the_last(sakura: Tenant) -> None:
    make(3)
    count_list_rows(Member.objects.all(), "all")
    make(1)
    (turn,) = list(cache._cache.get_client().keys("*:turn"))  # type: ignore[attr-defined]
    cache._cache.get_client().delete(turn)  # type: ignore[attr-defined]  # a minute passed
    assert count_list_rows(Member.objects.all(), "all") == Count(4, approximate=False)
    assert count_list_rows(Member.objects.all(), "all") == Count(4, approximate=True)


def test_what_shrank_is_forgotten(sakura: Tenant) -> None:
    make(3)
    count_list_rows(Member.objects.all(), "all")
    Member.objects.all().delete()
    cache._cache.get_client().delete(*cache._cache.get_client().keys("*:turn"))  # type: ignore[attr-defined]
    assert count_list_rows(Member.objects.all(), "all") == Count(0)
    assert count_list_rows(Member.objects.all(), "all") == Count(0)


def test_numbers_of_one_shop_are_not_those_of_another(cast: Cast) -> None:
    with open_tenant_scope(cast.sakura):
        make(3)
        count_list_rows(Member.objects.all(), "all")
    with open_tenant_scope(cast.momiji):
        assert count_list_rows(Member.objects.all(), "all") == Count(0)


def test_several_numbers_at_once(sakura: Tenant) -> None:
    assert get_cached_numbers("by state", lambda: {"known": 2, "linked": 1}) == (
        {"known": 2, "linked": 1},
        False,
    )
    assert get_cached_numbers("by state", dict) == ({"known": 2, "linked": 1}, True)


def test_without_valkey_everything_is_counted(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    for name in ("get", "set", "add"):
        monkeypatch.setattr(cache, name, down)
    make(3)
    assert count_list_rows(Member.objects.all(), "all") == Count(3)


def test_the_key_says_nothing(sakura: Tenant) -> None:
    make(3)
    count_list_rows(Member.objects.all(), "佐久間")
    names = cache._cache.get_client().keys("*")  # type: ignore[attr-defined]
    assert len(names) == 2 and not any("佐久間".encode() in name for name in names)
