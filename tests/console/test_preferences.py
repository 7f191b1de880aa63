"""Theme, density and language: stored on the operator, kept as cookies, harmless with wrong input."""

import pytest
from django.test import Client

from tests.conftest import Cast

PATH = "/preferences/"


def look(operator: object) -> tuple[str, str, str]:
    operator.refresh_from_db()  # type: ignore[attr-defined]
    return operator.theme, operator.density, operator.language  # type: ignore[attr-defined]


def test_the_operator_keeps_the_choice(cast: Cast, aiko: Client) -> None:
    answer = aiko.post(
        PATH,
        {"theme": "dark", "density": "compact", "language": "en", "next": "/shops/"},
    )
    assert (answer.status_code, answer["Location"]) == (302, "/shops/")
    assert look(cast.aiko) == ("dark", "compact", "en")
    assert look(cast.ed) == ("", "", "ja"), "nobody else's look changes"


def test_a_part_that_is_not_sent_stays(cast: Cast, aiko: Client) -> None:
    aiko.post(PATH, {"theme": "dark", "density": "relaxed"})
    aiko.post(PATH, {"language": "en"})
    assert look(cast.aiko) == ("dark", "relaxed", "en")
    aiko.post(PATH, {"theme": ""})
    assert look(cast.aiko) == ("", "relaxed", "en"), (
        "the automatic theme can be chosen again"
    )


@pytest.mark.parametrize(
    "sent", [{"theme": "pink"}, {"language": "xx"}, {"theme": "dark", "density": "<b>"}]
)
def test_what_is_not_offered_changes_nothing(
    cast: Cast, aiko: Client, sent: dict[str, str]
) -> None:
    aiko.post(PATH, sent)
    assert look(cast.aiko) == ("", "", "ja")


@pytest.mark.django_db
def test_a_visitor_gets_cookies_and_the_page_follows(client: Client) -> None:
    answer = client.post(PATH, {"theme": "dark", "language": "en", "next": "/login/"})
    assert answer["Location"] == "/login/"
    page = client.get("/login/").content.decode()
    assert '<html lang="en" data-theme="dark">' in page
    assert "Log in" in page
    assert "ログインID" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "",
        "/\\evil.example",
    ],
)
def test_next_leads_only_home(client: Client, target: str) -> None:
    assert client.post(PATH, {"theme": "dark", "next": target})["Location"] == "/shops/"


@pytest.mark.django_db
def test_it_asks_for_a_post(client: Client) -> None:
    assert client.get(PATH).status_code == 405


@pytest.mark.django_db
def test_a_stale_form_is_explained() -> None:
    answer = Client(enforce_csrf_checks=True).post(PATH, {"theme": "dark"})
    assert answer.status_code == 403
    assert "送信を確認できませんでした" in answer.content.decode()
