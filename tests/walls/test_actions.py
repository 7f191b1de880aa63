"""Every form of the console, posted rightly: what changes a shop leaves a line in the log with the operator's name.

The forms are found on the pages themselves and filled in from their fields.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from django.db import transaction
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from cartsync.models import IgnoredPair, Link
from forms_builder.models import Field
from members.models import Attribute, Member
from messaging.models import Trigger
from operators.models import AuditEntry
from tenants.scope import open_tenant_scope
from tests.conftest import client_for
from tests.walls.test_urls import CONSOLE, Shops, digest, example, shops, worlds

__all__ = ["shops", "worlds"]
Values = dict[str, list[str]]
# The forms that the world's rows let act; a form that is posted rightly and acts no more fails here.
ACTING = {
    "carts/<slug:public_id>/poll/",
    "carts/<slug:public_id>/rules/",
    "carts/<slug:public_id>/switch/",
    "carts/review/end/",
    "carts/review/keep/",
    "carts/review/link/",
    "carts/review/near/",
    "contents/liff/<slug:public_id>/switch/",
    "members/<str:public_id>/delete/",
    "members/<str:public_id>/edit/",
    "members/<str:public_id>/inquiries/add/",
    "members/<str:public_id>/notes/add/",
    "members/<str:public_id>/receiving/",
    "members/<str:public_id>/tags/add/",
    "members/<str:public_id>/tags/remove/",
    "members/answers/<str:public_id>/restore/",
    "members/attributes/<str:public_id>/",
    "members/attributes/<str:public_id>/archive/",
    "members/attributes/new/",
    "members/attributes/order/",
    "members/exports/length/",
    "members/inquiries/<str:public_id>/",
    "members/new/",
    "members/notes/<str:public_id>/delete/",
    "members/notes/<str:public_id>/edit/",
    "members/segments/<str:public_id>/duplicate/",
    "members/segments/<str:public_id>/edit/",
    "members/segments/<str:public_id>/overwrite/",
    "members/segments/new/",
    "members/segments/order/",
    "members/tags/<str:public_id>/edit/",
    "members/tags/folders/",
    "members/tags/folders/<str:public_id>/",
    "members/tags/folders/order/",
    "members/tags/new/",
    "messages/accounts/new/",
    "messages/senders/<str:public_id>/resume/",
    "messages/steps/<str:public_id>/edit/",
    "messages/steps/<str:public_id>/messages/new/",
    "messages/steps/<str:public_id>/switch/",
    "messages/steps/messages/<str:public_id>/delete/",
    "messages/steps/messages/<str:public_id>/edit/",
    "messages/steps/new/",
    "rpa/requests/<slug:public_id>/close/",
    "rpa/requests/new/",
    "rpa/settings/live/",
    "rpa/settings/rules/",
    "rpa/switch/",
    "settings/groups/<str:public_id>/",
    "settings/groups/<str:public_id>/delete/",
    "settings/groups/new/",
}
# Forms that are filled with what is there: a person changes something.
CHANGED: dict[str, Values] = {
    "members/<str:public_id>/edit/": {
        "name": ["別の名前"],
        "phone": [""],
        "email": [""],
        "birthday": [""],
    },
    "members/<str:public_id>/tags/add/": {"tag": [""], "new_tag": ["別のタグ"]},
    "members/inquiries/<str:public_id>/": {"subject": ["別の件名"]},
    "rpa/settings/rules/": {"contact_url": [""]},
    "settings/groups/<str:public_id>/": {"name": ["別の名前"]},
}


class FormParser(HTMLParser):
    """The forms of a page that post: the address of each, and the values that a person would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, Values]] = []
        self.is_open = False
        self.select = self.area = ""
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_open = given.get("method", "get").lower() == "post"
            if self.is_open:
                self.forms.append((given.get("action", ""), {}))
        elif not self.is_open:
            return
        elif tag == "input":
            self.add_input(given)
        elif tag == "select":
            self.select, self.options = given.get("name", ""), []
        elif tag == "option" and self.select:
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self.area = given.get("name", "")
            self.add(self.area, "")
        elif tag == "button" and given.get("name") and "formaction" not in given:
            self.add("button:" + given["name"], given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_open = False
        elif tag == "select" and self.select:
            chosen = [value for value, is_chosen in self.options if is_chosen]
            others = [value for value, _is in self.options if value]
            for value in chosen if any(chosen) else others[:1]:
                self.add(self.select, value)
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area and self.forms:
            self.forms[-1][1][self.area] = [data.strip()]

    def add_input(self, given: dict[str, str]) -> None:
        kind, name = given.get("type", "text"), given.get("name", "")
        if kind == "radio":
            if "checked" in given or name not in self.forms[-1][1]:
                self.forms[-1][1][name] = [given.get("value", "on")]
        elif kind == "checkbox":
            # The first of several is ticked, as whoever wants to do something does.
            if "checked" in given or name not in self.forms[-1][1]:
                self.add(name, given.get("value", "on"))
        elif kind not in ("submit", "file"):
            self.add(name, given.get("value", ""))

    def add(self, name: str, value: str) -> None:
        if name and self.forms:
            self.forms[-1][1].setdefault(name, []).append(value)


# What a person would type into an empty field, by its name.
TYPED = {
    "name": "新しい名前", "new_tag": "新しいタグ", "title": "新しい題", "subject": "新しい件名", "text": "新しい文章",
    "email": "new@example.jp", "phone": "090-1111-2222", "number": "3", "form_id": "", "tag": "新しいタグ",
    "new_trigger": "新しいきっかけ", "q0-label": "質問", "delay_number": "2", "token": "token",
    "base_url": "http://127.0.0.1:9", "value": "新しい値", "basic_id": "@basic", "channel_id": "1234567890",
    "channel_secret": "0123456789abcdef0123456789abcdef", "access_token": "token", "login_channel_id": "1234567891",
    "liff_id": "1234567891-abcdefgh",
}  # fmt: skip
# One's own choice of columns is no act upon the shop.
OWN = {"Seat"}


@dataclass
class Posted:
    """What one form did: the tables that it changed and the new lines of the log with the operator's name."""

    route: str
    changed: set[str]
    lines: int


def list_forms(shops: Shops, operator: Client) -> Iterator[tuple[str, str, Values]]:
    """Yield (route, address, values) of each form that the pages of the shop show, once for each set of fields."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for address in CONSOLE:
        try:
            path = address.path(shops.cast.sakura, example(address, shops, operator))
            page = operator.get(path)
        except (AssertionError, UnicodeError):
            continue
        if page.status_code != 200 or "html" not in page.headers["Content-Type"]:
            continue
        parser = FormParser()
        parser.feed(page.content.decode())
        for action, fields in parser.forms:
            target = action or path
            inside = target.partition("?")[0].removeprefix("/t/sakura")
            if inside == target.partition("?")[0]:
                continue
            route = resolve(inside, "config.urls_console").route
            if (route, tuple(sorted(fields))) not in seen:
                seen.add((route, tuple(sorted(fields))))
                yield route, target, fields


def fill_in(route: str, fields: Values) -> Values:
    return {
        name.removeprefix("button:"): [TYPED.get(name, "")]
        if values == [""]
        else values[:1]
        if name.startswith("button:")
        else values
        for name, values in fields.items()
        if name != "csrfmiddlewaretoken"
    } | CHANGED.get(route, {})


def post(shops: Shops, operator: Client, route: str, path: str, data: Values) -> Posted:
    """Post the form and take back what it did."""
    shop, lines = shops.cast.sakura, count_lines(shops)
    with transaction.atomic():
        before = digest(shop)
        try:
            operator.post(path, data)
        except UnicodeError:  # the world's texts are no header of a call out
            transaction.set_rollback(True)
            return Posted(route, set(), 0)
        changed = {name for name, rows in digest(shop).items() if before[name] != rows}
        done = Posted(route, changed - {"AuditEntry"}, count_lines(shops) - lines)
        transaction.set_rollback(True)
    return done


def count_lines(shops: Shops) -> int:
    with open_tenant_scope(shops.cast.sakura):
        return AuditEntry.objects.filter(operator=shops.cast.aiko).count()


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
    aiko = client_for(shops.cast.aiko)
    posted = [
        post(shops, aiko, route, path, fill_in(route, fields))
        for route, path, fields in list_forms(shops, aiko)
    ]
    posted += [
        post(shops, aiko, route, f"/t/sakura/{route}", data)
        for route, data in list_decisions(shops)
    ]
    silent = [each for each in posted if each.changed - OWN and not each.lines]
    assert silent == []
    assert sorted(ACTING - {each.route for each in posted if each.lines}) == []


def list_decisions(shops: Shops) -> list[tuple[str, Values]]:
    """Return the decisions of 要確認 that need a case which the world has not; its pair is no longer linked."""
    with open_tenant_scope(shops.cast.sakura):
        Link.objects.update(ended_at=timezone.now())
        IgnoredPair.objects.all().delete()
        link = Link.objects.select_related("member").get()
    member, customer = link.member.public_id, str(link.customer_id)
    return [
        ("carts/review/link/", {"member": [member], "customer": [customer]}),
        (
            "carts/review/near/",
            {"decision": ["ignore"], "ids": [member], f"customer-{member}": [customer]},
        ),
    ]
