"""A session that ended: the login leads back to the page that somebody worked on."""

import pytest
from django.test import Client

from tests.conftest import Cast

PAGE = "/t/sakura/members/new/"


def go(client: Client, path: str, **headers: str) -> str:
    response = client.post(path, {"name": "花子"}, headers=headers)
    assert response.status_code == 302
    return str(response.headers["Location"])


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        (f"http://testserver{PAGE}", PAGE),
        (f"http://testserver{PAGE}?tab=all", f"{PAGE}%3Ftab%3Dall"),
        ("http://elsewhere.example/t/sakura/", "/t/sakura/members/bulk/"),
        ("http://testserver/t/momiji/members/", "/t/sakura/members/bulk/"),
        ("", "/t/sakura/members/bulk/"),
    ],
)
def test_a_post_leads_back_to_its_page(
    cast: Cast, client: Client, referer: str, back: str
) -> None:
    assert go(client, "/t/sakura/members/bulk/", referer=referer) == (
        f"/login/?next={back}"
    )


def test_a_part_of_a_page_sends_the_whole_page_to_the_login(
    cast: Cast, client: Client
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{PAGE}"}
    response = client.get("/t/sakura/members/filter/count/", headers=headers)
    assert response.content == b""
    assert response.headers["HX-Redirect"] == f"/login/?next={PAGE}"
