"""Every address of the console that takes a post: what changes a shop leaves a line with the operator's name.

The addresses are found in the resolver, the forms on the pages themselves and on what they answer; they are filled in
from their fields, and each of their buttons is pressed. A new address that nothing here posts rightly to fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from cartsync.models import Link
from forms_builder.models import Field
from members.models import Attribute, Member
from messaging.models import Trigger
from operators.models import AuditEntry
from tenants.scope import open_tenant_scope
from tests.conftest import client_for
from tests.walls.forms import FormParser, Values
from tests.walls.posts import CHANGED, ONE_S_OWN, TYPED, WRITES_NOTHING
from tests.walls.stages import STAGES
from tests.walls.test_urls import (
    CONSOLE,
    Shops,
    addresses,
    digest,
    example,
    shops,
    takes_posts,
    worlds,
)

__all__ = ["shops", "worlds"]


POSTING = {
    route
    for route, pattern in addresses("config.urls_console")
    if takes_posts(pattern.callback)
}


@dataclass
class Posted:
    """What one form did: the tables that it changed and the new lines of the log with the operator's name."""

    route: str
    changed: set[str]
    lines: int
    said: str


@dataclass
class Walk:
    """One operator who posts every form that they meet, each once, and takes back what it did."""

    shops: Shops
    operator: Client
    done: list[Posted] = field(default_factory=list)
    seen: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    before: dict[str, str] = field(default_factory=dict)

    def try_page(self, path: str, only: str = "") -> None:
        """Post the forms of the page, or those that lead to the address ``only``."""
        for route, target, data in list_forms(self.operator.get(path), path):
            if only in ("", route):
                self.try_form(route, target, data)

    def try_form(self, route: str, path: str, data: dict[str, Any]) -> None:
        """Post the form and, where the answer asks on, what the answer says."""
        # One more row of the same kind is the same form: else a button that adds rows would be pressed until they end.
        known = (route, tuple(sorted({re.sub(r"\d+", "0", name) for name in data})))
        if known in self.seen:
            return
        self.seen.add(known)
        answer = self.post(route, path, data)
        if answer and answer.status_code == 200 and not self.done[-1].lines:
            for each in list_forms(answer, path):
                self.try_form(*each)

    def post(self, route: str, path: str, data: dict[str, Any]) -> HttpResponse | None:
        shop, lines = self.shops.cast.sakura, self.count_lines()
        with transaction.atomic():
            try:
                answer = self.operator.post(path, data)
            except UnicodeError:  # the world's texts are no header of a call out
                transaction.set_rollback(True)
                return None
            written = self.count_lines() - lines
            now = {} if written else digest(shop)
            changed = {name for name, rows in now.items() if self.before[name] != rows}
            said = f"{answer.status_code} {read_errors(answer)}"
            self.done.append(Posted(route, changed, written, said))
            transaction.set_rollback(True)
        return answer

    def try_stage(self, route: str) -> None:
        """Make what has to be so before, then post."""
        shop = self.shops.cast.sakura
        with open_tenant_scope(shop):
            path, data = STAGES[route](self.shops)
        self.before = digest(shop)
        if data is None:
            self.try_page(f"/t/sakura/{path}", route)
        else:
            self.try_form(route, f"/t/sakura/{path}", data)

    def count_lines(self) -> int:
        with open_tenant_scope(self.shops.cast.sakura):
            return AuditEntry.objects.filter(operator=self.shops.cast.aiko).count()


def list_forms(page: HttpResponse, path: str) -> Iterator[tuple[str, str, Values]]:
    """Yield (route, address, values) of each form of a page of the shop, and of each of its buttons."""
    is_page = page.status_code == 200 and not page.streaming
    if not is_page or "html" not in page.headers["Content-Type"]:
        return
    parser = FormParser()
    parser.feed(page.content.decode())
    for form in parser.forms:
        for action, fields in form.list_posts():
            target = (action or path).partition("#")[0]
            inside = target.partition("?")[0].removeprefix("/t/sakura")
            if inside != target.partition("?")[0]:
                route = resolve(inside, "config.urls_console").route
                yield route, target, fill_in(route, fields)


def fill_in(route: str, fields: Values) -> Values:
    typed = {
        name: [TYPED.get(name, "")] if values == [""] else values
        for name, values in fields.items()
        if name != "csrfmiddlewaretoken"
    }
    return typed | CHANGED.get(route, {})


def read_errors(answer: HttpResponse) -> str:
    """Return the words of the page that say what is wrong with what was typed."""
    text = "" if answer.streaming else answer.content.decode(errors="replace")
    found = re.search(r"(?s)data-errors[^>]*>(.*?)</div>", text)
    return " ".join(re.sub("<[^>]*>", " ", found[1]).split())[:300] if found else ""


@pytest.fixture(autouse=True)
def own_storage(settings: Any, tmp_path: Path) -> None:
    """Files that are taken in are gone with the test, as rows are."""
    kind = "django.core.files.storage.FileSystemStorage"
    own = {"BACKEND": kind, "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


def make_everything_current(shops: Shops) -> None:
    """The rows of the world have every date: nobody is deleted or merged, and no link has ended.

    No step message waits for the day of an attribute and no question writes one, which could not be archived then.
    """
    with open_tenant_scope(shops.cast.sakura):
        Member.objects.update(deleted_at=None, merged_into=None)
        Link.objects.update(ended_at=None)
        Attribute.objects.update(archived_at=None)
        Trigger.objects.update(attribute=None)
        Field.objects.update(attribute=None)


def test_whatever_changes_a_shop_names_the_operator(shops: Shops) -> None:
    make_everything_current(shops)
    walk = Walk(shops, client_for(shops.cast.aiko))
    walk.before = digest(shops.cast.sakura)
    paths = {}
    for address in CONSOLE:
        values = example(address, shops, walk.operator)
        paths[address.route] = address.path(shops.cast.sakura, values)
        walk.try_page(paths[address.route])
    named = {each.route for each in walk.done if each.lines}
    for route in sorted(POSTING - named - set(STAGES)):
        walk.post(route, paths[route], {})

    silent = [each for each in walk.done if each.changed and not each.lines]
    assert [each for each in silent if each.route not in ONE_S_OWN] == []
    excused = {*WRITES_NOTHING, *ONE_S_OWN}
    named = {each.route for each in walk.done if each.lines}
    unnamed = POSTING - named - set(STAGES)
    assert [e for e in walk.done if e.route in unnamed and e.route not in excused] == []
    assert sorted(unnamed) == sorted(excused)
    assert sorted(set(STAGES) - POSTING) == []


@pytest.mark.parametrize("route", sorted(STAGES))
def test_an_act_upon_what_is_so_only_at_times(shops: Shops, route: str) -> None:
    make_everything_current(shops)
    walk = Walk(shops, client_for(shops.cast.aiko))
    walk.try_stage(route)
    assert [each for each in walk.done if each.lines and each.route == route], walk.done
