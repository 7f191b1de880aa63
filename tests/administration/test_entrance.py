from typing import Any

from django.test import Client


def test_the_icon_at_its_oldest_address(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 301
    assert response.headers["Location"] == "/static/console/img/mark.svg"


def test_the_support_is_named_on_every_page(aiko: Client, settings: Any) -> None:
    settings.SUPPORT_CONTACT = "help@example.jp"
    link = 'href="mailto:help@example.jp"'
    assert [
        link in Client().get("/login/").content.decode(),
        link in aiko.get("/t/sakura/today/").content.decode(),
        link in aiko.get("/t/sakura/nowhere/").content.decode(),
    ] == [True] * 3
    settings.SUPPORT_CONTACT = "https://help.example.jp/"
    assert 'href="https://help.example.jp/"' in Client().get("/login/").content.decode()
    settings.SUPPORT_CONTACT = ""
    assert "サポートに問い合わせる" not in Client().get("/login/").content.decode()
