"""Every list's filters, found by themselves: the page answers whatever the address says, and says what is wrong."""

import copy
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import ForeignKey, Model, UniqueConstraint
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console.filters import ListFilterSet
from members.exports.job import KIND as EXPORT
from messaging.models import Enrollment
from operators.models import Operator
from tenants.fields import TenantKey
from tenants.scope import open_tenant_scope
from tests.conftest import client_for
from tests.walls.test_urls import CONSOLE, Address, Shops, example, worlds
from tests.walls.world import World, build

__all__ = ["worlds"]

ODD = {
    "long": "あ" * 3000,
    "NUL": "a\0b",
    "only NUL": "\0",
    "too big a number": "9" * 30,
    "400 digits": "7" * 400,
    "negative": "-1",
    "year 9999": "9999-12-31",
    "year 0": "0000-01-01",
    "no date": "2026-02-31",
    "unknown": "nonsense",
    "markup": "<b>'\"%_\\",
    "list": "['open']",
}
# What a row of the world needs besides to stand in the list.
LISTED: dict[str, dict[str, Any]] = {
    "ScenarioFilters": {"deleted_at": None},
    "NoticeFilters": {"way": "bell"},
    "ExportFilters": {
        "kind": EXPORT,
        "params": {
            "reason": "理由",
            "format": "csv",
            "columns": [],
            "selection": {"count": 1},
        },
    },
    "ChangedLinkFilters": {"ended_at": None},
    "ReviewedMemberFilters": {"link_state": "review", "deleted_at": None},
    "NearMissFilters": {"link_state": "known", "deleted_at": None},
}
# The row of the world that puts another into the list.
LISTED_BY: dict[str, type[Model]] = {"PeopleFilters": Enrollment}
# Queries of the page, with one row and with three.
QUERIES = {
    "InquiryFilters": 12,
    "GroupFilters": 13,
    "OperatorFilters": 12,
    "AuditFilters": 11,
    "JobFilters": 13,
    "NoticeFilters": 9,
    "ExportFilters": 11,
    "ImportFilters": 10,
    "SegmentFilters": 10,
    "TagFilters": 27,
    "TagBatchFilters": 27,
    "DeliveryFilters": 15,
    "BookedFilters": 13,
    "ScenarioRunFilters": 10,
    "ScenarioFilters": 16,
    "BroadcastFilters": 14,
    "TemplateFilters": 9,
    "KeywordFilters": 9,
    "FormFilters": 12,
    "AnswerFilters": 13,
    "RequestFilters": 11,
    "MailFilters": 11,
    "RunFilters": 10,
    "ChangedLinkFilters": 15,
    "ReviewedMemberFilters": 24,
    "NearMissFilters": 23,
    "OrderFilters": 16,
    "SuppressionFilters": 9,
    "PeopleFilters": 17,
}


def list_filter_sets(above: type = ListFilterSet) -> list[type]:
    found = [
        deeper
        for below in above.__subclasses__()
        for deeper in (below, *list_filter_sets(below))
    ]
    elsewhere = ("tests.", "administration.platform.")  # no shop's
    return [below for below in found if not below.__module__.startswith(elsewhere)]


FILTER_SETS = list_filter_sets()


@dataclass
class Page:
    """A list with filters, at its address."""

    client: Client
    path: str
    filters: ListFilterSet

    def ask(self, **values: str) -> Any:
        there = self.path + ("&" if "?" in self.path else "?")
        query = "&".join(f"{name}={quote(value)}" for name, value in values.items())
        return self.client.get(there + query)


@pytest.fixture
def shops(worlds: Shops, db: None) -> Shops:
    return copy.deepcopy(worlds)


# Where each was found: the walk over the addresses is made once.
PLACES: dict[type, list[Address]] = {}


def find_pages(client: Client, shops: Shops, wanted: type) -> list[Page]:
    """Return the pages whose list has these filters: at the address of a view, or at one of its tabs."""
    found = {
        address: page
        for address in PLACES.get(wanted, list_addresses(wanted))
        for page in find_pages_at(address, client, shops, wanted)
    }
    PLACES[wanted] = list(found)
    return list(found.values())


def list_addresses(wanted: type) -> Iterator[Address]:
    """Yield the addresses whose view stands in a module that knows these filters."""
    for address in CONSOLE:
        names = vars(sys.modules[address.place.rpartition(".")[0]])
        if wanted in names.values():
            yield address


def find_pages_at(
    address: Address, client: Client, shops: Shops, wanted: type
) -> Iterator[Page]:
    path = address.path(shops.cast.sakura, example(address, shops, client))
    answer = client.get(path)
    tabs = (answer.context or {}).get("tabs", ()) if answer.context else ()
    urls = [tab["url"] if isinstance(tab, dict) else tab.url for tab in tabs or ()]
    for url in ["", *urls]:
        shown = client.get(path + url)
        filters = shown.context and shown.context.get("filters")
        if type(filters) is wanted:
            yield Page(client, path + url, filters)
            return


@pytest.fixture
def page(request: pytest.FixtureRequest, shops: Shops) -> Page:
    client = client_for(shops.cast.aiko)
    found = find_pages(client, shops, request.param)
    assert len(found) == 1, f"{request.param.__name__} has {len(found)} pages"
    return found[0]


every_list = pytest.mark.parametrize(
    "page", FILTER_SETS, indirect=True, ids=lambda kind: kind.__name__
)


@every_list
def test_odd_values_are_answered_with_the_cause(page: Page) -> None:
    """Ask with each kind of value in every field at once, and with one of them in each field alone."""
    names = {
        parameter: name
        for name in page.filters.filters
        for parameter in page.filters.parameters_of(name)
    }
    for what, value in ODD.items():
        check_answer(page, names, what, dict.fromkeys(names, value))
    for parameter in names:
        check_answer(page, names, "unknown", {parameter: ODD["unknown"]})


def check_answer(
    page: Page, names: dict[str, str], what: str, asked: dict[str, str]
) -> None:
    """Assert that the page says of each asked field what is wrong, and then lists nobody."""
    answer = page.ask(**asked)
    assert answer.status_code == 200, (what, asked)
    filters, words = answer.context["filters"], answer.content.decode()
    errors = dict(filters.form.errors)
    for parameter, value in asked.items():
        name = names[parameter]
        if name == page.filters.search_name and name not in errors:
            assert filters.search_text == value, (parameter, what)
            continue
        for error in errors[name]:
            assert error in filters.form[name].errors
            assert error in words, (parameter, what)
    if errors:
        assert list(filters.qs) == [], (what, asked)


@every_list
def test_the_last_of_many_values_counts(page: Page) -> None:
    parameters = [
        parameter
        for name in page.filters.filters
        for parameter in page.filters.parameters_of(name)
    ]
    there = page.path + ("&" if "?" in page.path else "?")
    for pattern in ("{0}[]=x", "{0}[0]=x", "{0}=x&{0}=", "{0}=%FF%FE&{0}="):
        query = "&".join(pattern.format(parameter) for parameter in parameters)
        answer = page.client.get(there + query)
        assert answer.status_code == 200
        assert answer.context["filters"].form.errors == {}, query


@every_list
def test_an_odd_search_leads_back_to_the_list(page: Page) -> None:
    if page.filters.search_method != "post":
        return
    for what, value in ODD.items():
        sent = page.client.post(page.path, {"q": value})
        assert sent.status_code == 302, what
        assert value not in sent.headers["Location"]
        answer = page.client.get(sent.headers["Location"])
        assert (answer.status_code, answer.context["filters"].form.errors) == (200, {})


def make_another(
    model: type[Model], world: World, operator: Model, **values: Any
) -> Model:
    """Save another row like the world's, with parents of its own where it must be the only one of its parents."""
    unique = [
        set(constraint.fields)
        for constraint in model._meta.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    names = set().union(*unique)
    parents = [
        field.related_model
        for field in model._meta.concrete_fields
        if field.name in names
        and isinstance(field, ForeignKey)
        and not isinstance(field, TenantKey)
        and field.related_model in world
    ]
    own = {parent: make_another(parent, world, operator) for parent in parents}
    row = build(model, {**world, **own}, operator)
    if {"tenant", "operator"} in unique:  # one seat each
        login_id = f"more-{Operator.objects.count()}"
        row.operator = Operator.objects.create(login_id=login_id, name=login_id)  # type: ignore[attr-defined]
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return row


def list_another(name: str, model: type[Model], world: World, operator: Model) -> None:
    """Save another row that stands in the list of these filters."""
    row = make_another(model, world, operator, **LISTED.get(name, {}))
    if beside := LISTED_BY.get(name):
        build(beside, {**world, model: row}, operator).save()


@every_list
def test_one_row_asks_as_much_as_three(page: Page, shops: Shops) -> None:
    name = type(page.filters).__name__
    counts = {}
    with open_tenant_scope(shops.cast.sakura):
        # A shop has its operators from the beginning.
        few = max(1, page.filters.queryset.count())
    for rows in (few, few + 2):
        with open_tenant_scope(shops.cast.sakura):
            listed = page.filters.queryset
            while listed.count() < rows:
                list_another(name, listed.model, shops.ours, shops.cast.aiko)
            assert listed.count() == rows
        page.ask()
        with CaptureQueriesContext(connection) as queries:
            page.ask()
        counts[rows] = len(queries)
    assert counts == dict.fromkeys((few, few + 2), QUERIES[name])
