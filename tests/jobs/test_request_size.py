"""Long bodies are refused before anything reads them, but where an operator's form takes a file."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test.client import MULTIPART_CONTENT, FakePayload
from django.urls import URLPattern, get_resolver

from tests.conftest import Cast
from tests.walls.world import World, make_world

LONG = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
# The condition of a message may have a list of values as a file, as that of the member list has.
OF_MESSAGES = {
    "/t/sakura/messages/broadcasts/new/",
    "/t/sakura/messages/broadcasts/<str:public_id>/edit/",
    "/t/sakura/messages/steps/new/",
    "/t/sakura/messages/steps/<str:public_id>/edit/",
}
TAKING = OF_MESSAGES | {
    "/t/sakura/rpa/requests/upload/",
    "/t/sakura/members/imports/new/",
    "/t/sakura/members/paste/",
    "/t/sakura/members/filter/",
    "/t/sakura/members/filter/rows/",
    "/t/sakura/members/filter/count/",
}


class Unread(FakePayload):
    """A body that says it was touched."""

    def read(self, *args: Any) -> bytes:
        raise AssertionError("The body was read.")


@pytest.fixture
def world(cast: Cast) -> World:
    return make_world(cast.sakura, cast.aiko)


def post(client: Client, path: str, length: int = LONG) -> int:
    environ = {
        "PATH_INFO": path,
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": MULTIPART_CONTENT,
        "CONTENT_LENGTH": str(length),
        "wsgi.input": Unread(b""),
    }
    return client.request(**environ).status_code


def console_paths() -> Iterator[tuple[str, Any]]:
    def walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
        for each in patterns:
            path = prefix + str(each.pattern)
            if isinstance(each, URLPattern):
                yield path, each.callback
            else:
                yield from walk(each.url_patterns, path)

    yield from walk(get_resolver("config.urls_console").url_patterns, "/t/sakura/")


@pytest.mark.parametrize(
    "path", ["/login/", "/password/reset/", "/preferences/", "/shops/", "/nowhere/"]
)
def test_nobody_writes_a_long_body_without_a_login(
    client: Client, db: None, path: str
) -> None:
    client.handler.enforce_csrf_checks = True
    assert post(client, path) in (413, 404)


def test_a_shops_pages_send_strangers_away_unread(client: Client, cast: Cast) -> None:
    for path in TAKING:
        assert post(client, path) == 302


def test_only_forms_with_a_file_take_more(aiko: Client, cast: Cast) -> None:
    marked = {path for path, view in console_paths() if hasattr(view, "accepts_file")}
    assert marked == TAKING
    unmarked = [
        path for path, _ in console_paths() if path not in TAKING and "<" not in path
    ]
    assert len(unmarked) > 20
    assert {post(aiko, path) for path in unmarked} == {413}


def test_a_form_with_a_file_reads_what_comes(aiko: Client) -> None:
    """What of it is kept is the upload handlers' business (tests/members/imports/test_disk_full.py)."""
    # Without an account or a row those of messages answer before anything is read.
    for path in TAKING - OF_MESSAGES:
        with pytest.raises(AssertionError, match="was read"):
            post(aiko, path)


@pytest.mark.parametrize("length", ["-1", "1e9", "９９", "x"])
def test_a_length_that_is_no_number_is_too_long(aiko: Client, length: str) -> None:
    assert post(aiko, "/preferences/", length) == 413  # type: ignore[arg-type]


def test_public_views_ask_for_the_length_first(client: Client, world: World) -> None:
    form, account = (
        next(row for model, row in world.items() if model._meta.model_name == name)
        for name in ("form", "lineaccount")
    )
    for path in (
        f"/p/sakura/f/{form.public_id}/",
        f"/p/sakura/f/{form.public_id}/open/",
        f"/p/sakura/hooks/line/{account.webhook_key}/",
    ):
        assert post(client, path) == 413
