from django.test import Client


def test_the_icon_at_its_oldest_address(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 301
    assert response.headers["Location"] == "/static/console/img/mark.svg"
