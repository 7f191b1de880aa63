"""Help: each page is whole, leads to pages that exist, and stands beside the heading of those it is about."""

import re

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from administration.help.guide import Guide
from administration.help.guides import BY_PAGE, GUIDES, PAGES, list_areas
from administration.help.places import (
    list_places,
    load_labels,
    load_rights,
)
from administration.help.words import WORDS
from administration.today.checklist import ITEMS
from console.menu import MENU
from operators.roles import RIGHT_LABELS
from tenants.models import Tenant

INDEX = "/t/sakura/help/"


def list_plain_pages() -> list[str]:
    """Return those pages with help that are about no single row."""
    found = []
    for page in BY_PAGE:
        try:
            reverse(page, urlconf="config.urls_console")
        except NoReverseMatch:
            continue
        found.append(page)
    return found


def read_help_links(client: Client, url: str) -> list[str]:
    answer = client.get(url, follow=True)
    # 409: a page that says what must be connected first.
    assert answer.status_code in (200, 409), url
    return re.findall(r'<a class="help-link" href="([^"]+)"', answer.content.decode())


@pytest.mark.parametrize("guide", GUIDES.values(), ids=lambda guide: guide.slug)
def test_each_page_is_whole(guide: Guide) -> None:
    assert guide.slug in PAGES
    assert 1 <= guide.minutes <= 60
    assert len(guide.steps) >= 3
    assert len(guide.notes) >= 2
    pages = [page for step in guide.steps for page in step.pages]
    assert pages
    assert [page for page in pages if page not in load_labels()] == []


def test_every_page_with_help_exists() -> None:
    assert [page for page in BY_PAGE if page not in load_rights()] == []
    assert sum(map(len, PAGES.values())) == len(BY_PAGE)
    assert set(PAGES) == set(GUIDES)


def test_every_place_exists_and_has_words_of_its_own() -> None:
    rights = load_rights()
    assert [place.page for place in list_places() if place.page not in rights] == []
    assert set(rights.values()) <= set(RIGHT_LABELS)
    named = {item.url_name for section in MENU for item in section.items}
    assert [key for key in WORDS if key.partition("#")[0] not in load_labels()] == []
    assert named - set(WORDS) == {"administration:help"}


def test_each_heading_links_to_its_help(sakura: Tenant, aiko: Client) -> None:
    pages = list_plain_pages()
    assert len(pages) > 30
    for page in pages:
        url = reverse(page, urlconf="config.urls_console")
        links = read_help_links(aiko, f"/t/sakura{url}")
        assert links == [f"{INDEX}{BY_PAGE[page].slug}/"], page


def test_pages_without_help_show_no_link(sakura: Tenant, aiko: Client) -> None:
    assert read_help_links(aiko, "/t/sakura/today/") == []


def test_the_index_lists_every_page(sakura: Tenant, vic: Client) -> None:
    text = vic.get(INDEX).content.decode()
    listed = re.findall(rf'<a href="{INDEX}(\w+)/">', text)
    assert sorted(listed) == sorted(GUIDES)
    assert [guide for _, guides in list_areas() for guide in guides] != []
    assert "約15分" in text


def test_a_page_of_help_in_its_four_parts(sakura: Tenant, aiko: Client) -> None:
    text = aiko.get(f"{INDEX}cart/").content.decode()
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", text)
    assert [each for each in headings if each in "目的所要時間流れ補足"] == [
        "目的",
        "所要時間",
        "流れ",
        "補足",
    ]
    assert "約10分" in text
    assert 'href="/t/sakura/carts/kinds/"' in text
    assert aiko.get(f"{INDEX}nothing/").status_code == 404


def test_steps_link_to_what_the_seat_may_open(sakura: Tenant, vic: Client) -> None:
    text = vic.get(f"{INDEX}line/").content.decode()
    assert "「LINEアカウントの追加」を開き" in text
    assert "/messages/accounts/new/" not in text
    assert '<a class="button small" href="/t/sakura/members/">' in text


def test_the_checklist_links_to_help(sakura: Tenant, aiko: Client) -> None:
    text = aiko.get("/t/sakura/settings/checklist/").content.decode()
    linked = re.findall(rf'<a href="{INDEX}(\w+)/">', text)
    assert linked == [item.guide for item in ITEMS]
    assert linked == ["line", "line", "line", "form", "form", "mail", "cart", "cart"]
    assert 'href="/t/sakura/help/"' in text  # the menu


def test_english_help(sakura: Tenant, aiko: Client) -> None:
    aiko.post("/preferences/", {"language": "en", "next": INDEX})
    text = aiko.get(f"{INDEX}rpa/").content.decode()
    main = text.partition("<main")[2]
    assert "Cancellations and RPA" in main
    assert "About 30 min" in main
