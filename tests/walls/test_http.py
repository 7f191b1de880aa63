"""What every page does and does not do: forged posts, doors to elsewhere, headers, ugly input, error pages."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, HttpResponse
from django.test import Client
from django.utils import timezone

from config import alive
from forms_builder.models import Form
from forms_builder.public import limits
from operators.models import Operator, Seat
from tenants.scope import open_tenant_scope
from tests.conftest import PASSWORD, client_for
from tests.walls.test_urls import (
    CONSOLE,
    Shops,
    addresses,
    digest,
    example,
)
from tests.walls.test_urls import shops as shops
from tests.walls.test_urls import worlds as worlds

PUBLIC = [
    (route, pattern.callback) for route, pattern in addresses("config.urls_public")
]
GLOBAL = [
    f"/{route}" for route, _pattern in addresses("config.urls") if "<" not in route
]
# These read no cookie: the ticket, the ID token or the signature in the body is what acts; and where mails are stopped
# the address itself, for the mail program that posts to it knows nothing but that (RFC 8058).
WITHOUT_CSRF = {
    "f/<slug:public_id>/me/<str:token>/login/",
    "f/<slug:public_id>/",
    "f/<slug:public_id>/open/",
    "f/<slug:public_id>/postal/",
    "r/<str:key>/",
    "hooks/line/<str:webhook_key>/",
    "hooks/cart/<slug:cart>/",
    "m/u/<slug:token>/",
}
# A link of a message counts the tap and leads to the shop's own page: tests/messaging/links.
LEADING_ON = {"m/l/<slug:token>/<int:number>/"}
# Pictures of messages never change under their address: LINE and phones may keep them.
KEPT = "/p/sakura/m/i/"
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
NEEDED_POLICY = {
    "default-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
}


def console_paths(shops: Shops, client: Client) -> list[str]:
    """One page of each address."""
    return [
        address.path(shops.cast.sakura, example(address, shops, client))
        for address in CONSOLE
    ]


def public_paths(shops: Shops) -> list[str]:
    """Every public address, with the names of rows that are there."""
    names = {type(row)._meta.model_name: row for row in shops.ours.values()}
    values = {
        "public_id": names["form"].public_id,
        "key": names["submission"].public_id,
        "webhook_key": names["lineaccount"].webhook_key,
        "token": names["messageimage"].token,
        "what": "members",
        "cart": names["cart"].public_id,
    }
    return [
        f"/p/sakura/{re.sub(r'<[a-z]+:([a-z_]+)>', lambda m: values[m[1]], route)}"
        for route, _view in PUBLIC
        if route not in LEADING_ON
    ]


# ---------------------------------------------------------------- posts from elsewhere
def test_a_post_without_its_token_changes_nothing_anywhere(shops: Shops) -> None:
    aiko = client_for(shops.cast.aiko)
    paths = console_paths(shops, aiko)
    forger = Client(enforce_csrf_checks=True)
    forger.cookies = aiko.cookies
    before = digest(shops.cast.sakura)
    for path in [*paths, *GLOBAL]:
        answer = forger.post(path, {"next": "/", "language": "en"})
        assert (path, answer.status_code) == (path, 403)
    assert digest(shops.cast.sakura) == before
    assert Operator.objects.get(pk=shops.cast.aiko.pk).language == "ja"


def test_only_these_take_a_post_without_a_token() -> None:
    exempt = {route for route, view in PUBLIC if getattr(view, "csrf_exempt", False)}
    assert exempt == WITHOUT_CSRF
    others = [
        p
        for urlconf in ("config.urls", "config.urls_console")
        for _route, p in addresses(urlconf)
    ]
    assert [p for p in others if getattr(p.callback, "csrf_exempt", False)] == []


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
    ],
)
def test_no_door_to_elsewhere(shops: Shops, there: str) -> None:
    login = Client().post(
        "/login/", {"login": "aiko", "password": PASSWORD, "next": there}
    )
    assert (login.status_code, login.headers["Location"]) == (302, "/shops/")
    chosen = Client().post("/preferences/", {"language": "en", "next": there})
    assert (chosen.status_code, chosen.headers["Location"]) == (302, "/shops/")
    left = client_for(shops.cast.aiko).post("/logout/", {"next": there})
    assert (left.status_code, left.headers["Location"]) == (302, "/login/")


# ---------------------------------------------------------------- reading
def test_a_get_of_a_public_page_changes_nothing(shops: Shops) -> None:
    before = digest(shops.cast.sakura), digest(shops.cast.momiji)
    doors: dict[str, set[int]] = {}
    for path in public_paths(shops):
        for method in (Client().get, Client().head):
            doors.setdefault(path.split("/")[3], set()).add(method(path).status_code)
    # What is not there: a help desk that is off, a picture without a file, a cancellation that nobody asked for; and
    # gone is the personal link that nobody made.
    assert doors == {
        "f": {200, 405, 410},
        "hooks": {405},
        "lookup": {404},
        "m": {404},
        "r": {404},
    }
    assert (digest(shops.cast.sakura), digest(shops.cast.momiji)) == before


def judge(answer: HttpResponse) -> list[str]:
    """What is missing among the headers of a page."""
    policy = {
        part.strip()
        for part in answer.headers.get("Content-Security-Policy", "").split(";")
    }
    missing = sorted(NEEDED_POLICY - policy)
    missing += [
        part for part in policy if "unsafe" in part or part.split(" ")[1:] == ["*"]
    ]
    return missing + [
        name for name, value in HEADERS.items() if answer.headers.get(name) != value
    ]


def test_every_page_has_its_headers(shops: Shops) -> None:
    aiko = client_for(shops.cast.aiko)
    stranger = Client()
    for path in console_paths(shops, aiko):
        answer = aiko.get(path)
        assert (path, judge(answer), answer.headers["Cache-Control"]) == (
            path,
            [],
            "no-store",
        )
    for path in [
        *GLOBAL,
        *public_paths(shops),
        "/nowhere/",
        "/t/sakura/",
        "/p/nobody/f/",
    ]:
        assert (path, judge(stranger.get(path))) == (path, [])
        assert (path, judge(stranger.post(path))) == (path, [])
    for path in public_paths(shops)[:-1]:
        if path.startswith(KEPT):
            continue
        assert (path, stranger.get(path).headers.get("Cache-Control", "no-store")) == (
            path,
            "no-store",
        )
    with open_tenant_scope(shops.cast.momiji):
        Seat.objects.create(operator=shops.cast.aiko, role="viewer")
    assert aiko.get("/shops/").headers["Cache-Control"] == "no-store"


SAID = "佐久間 canary@example.jp in a message"


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError, 500), (Http404, 404), (KeyError, 500)]
)
@pytest.mark.parametrize("path", ["/t/sakura/members/tags/", "/p/sakura/f/{form}/"])
def test_an_error_page_tells_no_details(
    shops: Shops,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    status: int,
    path: str,
) -> None:
    client = client_for(shops.cast.aiko)
    client.raise_request_exception = False
    form = next(row for row in shops.ours.values() if isinstance(row, Form))

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise error(SAID)

    monkeypatch.setattr("members.screens.tags.views.render", broken)
    monkeypatch.setattr("forms_builder.public.views.get_public_form_or_404", broken)
    answer = client.get(path.format(form=form.public_id))
    assert (answer.status_code, judge(answer)) == (status, [])
    assert [
        word
        for word in ("canary", "佐久間", "Traceback", error.__name__)
        if word in answer.content.decode()
    ] == []


# ---------------------------------------------------------------- ugly input
UGLY = ["\0", "9" * 5000, "-1", "x😀１２' OR 1=1 --\r\nX: y"]
NAMES = """place by last session version
after before at state scenario q s list link line known_by known_from kind view show sort next test text ids
scope action confirm tag tags new_tag existing name title member customer remove open move what measure op number email
phone delay_number delay_unit form_id webhook on expected label base_url token frequency match_key color description
c v row do node field-1 was-1 way-1 word-0 value-1-text value-1-many value-1-find value-1-days value-1-from value-1-key
add_tags remove_tags account include_missed send_parked audience segment
due_at fixed_at is_ad has_tags has_mode who ticket id_token liff.state key""".split()  # noqa: SIM905


def broken_by(client: Client, path: str, value: str) -> list[str]:
    failed = (
        [f"GET {path} {value!r}"]
        if client.get(path, dict.fromkeys(NAMES, value)).status_code >= 500
        else []
    )
    with transaction.atomic():
        answer = client.post(path, {name: [value, value] for name in NAMES})
        transaction.set_rollback(True)
    return failed + ([f"POST {path} {value!r}"] if answer.status_code >= 500 else [])


@pytest.mark.parametrize("value", UGLY, ids=range(len(UGLY)))
def test_no_input_breaks_a_page(shops: Shops, value: str, settings: Any) -> None:
    """A day after the rows were made: what is counted anew after a while is counted."""
    settings.LINE_API_URL = "http://127.0.0.1:9"
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        aiko = client_for(shops.cast.aiko)
        aiko.raise_request_exception = False
        paths = [*console_paths(shops, aiko), *public_paths(shops), *GLOBAL]
        assert [found for path in paths for found in broken_by(aiko, path, value)] == []


@pytest.mark.parametrize(
    "name",
    [
        "%00",
        "a%00b",
        "%ff%fe",
        "%ed%a0%80",
        "..%2f",
        "a" * 3000,
        "%0d%0aX:y",
        "%F0%9F%98%80",
    ],
)
def test_no_address_breaks_a_page(shops: Shops, name: str) -> None:
    client = client_for(shops.cast.aiko)
    client.raise_request_exception = False
    routes = [
        "/t/{}/members/",
        "/t/sakura/members/{}/",
        "/p/{}/f/",
        "/p/sakura/f/{}/",
        "/p/sakura/hooks/line/{}/",
        "/{}/",
    ]
    answers = {
        method(route.format(name)).status_code
        for route in routes
        for method in (client.get, client.post)
    }
    assert answers <= {301, 404, 405}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe=%ff", "application/x-www-form-urlencoded"),
        (b"a=1", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n", "multipart/form-data"),
        (
            b"&".join(b"a%d=1" % n for n in range(1500)),
            "application/x-www-form-urlencoded",
        ),
        (json.dumps([[]] * 10).encode(), "application/json"),
    ],
)
def test_no_body_breaks_a_public_page(shops: Shops, body: bytes, kind: str) -> None:
    client = Client(raise_request_exception=False)
    answers = [
        client.post(path, body, content_type=kind).status_code
        for path in [*public_paths(shops), "/login/"]
    ]
    assert [status for status in answers if status >= 500] == []


# ---------------------------------------------------------------- who is still in
Change = Callable[[Seat], object]


def demote(seat: Seat) -> None:
    Seat.objects.filter(pk=seat.pk).update(role=Seat.Role.VIEWER)


def dismiss(seat: Seat) -> None:
    seat.delete()


def lock_out(seat: Seat) -> None:
    Operator.objects.filter(pk=seat.operator_id).update(is_active=False)


def new_password(seat: Seat) -> None:
    seat.operator.set_password("another horse battery")
    seat.operator.save()


@pytest.mark.parametrize(
    ("change", "sees", "may_post"),
    [
        (demote, 200, 403),
        (dismiss, 404, 404),
        (lock_out, 302, 302),
        (new_password, 302, 302),
    ],
)
def test_an_open_session_loses_what_the_operator_lost(
    shops: Shops, change: Change, sees: int, may_post: int
) -> None:
    ed, path = client_for(shops.cast.ed), "/t/sakura/members/tags/new/"
    assert ed.get(path).status_code == 200
    with open_tenant_scope(shops.cast.sakura):
        change(Seat.objects.select_related("operator").get(operator=shops.cast.ed))
    assert ed.get("/t/sakura/members/").status_code == sees
    assert (
        ed.post(path, {"name": "新しいタグ", "color": "grey"}).status_code == may_post
    )


def test_after_logging_out_nothing_is_shown(shops: Shops) -> None:
    aiko = client_for(shops.cast.aiko)
    kept = dict(aiko.cookies)
    aiko.post("/logout/")
    aiko.cookies.load({name: morsel.value for name, morsel in kept.items()})
    assert aiko.get("/t/sakura/members/").status_code == 302


# ---------------------------------------------------------------- in production
def login_fails(forwarded: str, number: int) -> int:
    given = {"login": f"nobody{number}", "password": "x"}
    return (
        Client()
        .post("/login/", given, headers={"x-forwarded-for": forwarded})
        .status_code
    )


@pytest.mark.parametrize("behind_proxy", [True, False])
def test_a_forged_address_gets_no_further_tries(
    shops: Shops, settings: Any, behind_proxy: bool
) -> None:
    """Counted is the address that our proxy saw (the last one); without a proxy the header is nobody's word."""
    cache.clear()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = int(behind_proxy)
    tries = [
        login_fails(f"10.0.0.{number}, 203.0.113.9", number) for number in range(31)
    ]
    assert (tries[0], tries[-1]) == (200, 429)
    assert login_fails("203.0.113.9, 198.51.100.7", 99) == (
        200 if behind_proxy else 429
    )
    cache.clear()


@pytest.mark.parametrize("behind_proxy", [True, False])
def test_a_forged_address_opens_no_more_forms(
    shops: Shops, settings: Any, monkeypatch: pytest.MonkeyPatch, behind_proxy: bool
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = (
        ("HTTP_X_FORWARDED_PROTO", "https") if behind_proxy else None
    )
    form = next(row for row in shops.ours.values() if isinstance(row, Form))
    with open_tenant_scope(shops.cast.sakura):
        Form.objects.update(is_open=True)
    monkeypatch.setattr(
        limits, "OPENING", limits.Limit(member=60, address=5, form=50_000)
    )
    cache.clear()

    def opened(forwarded: str) -> int:
        path = f"/p/sakura/f/{form.public_id}/open/"
        return (
            Client()
            .post(path, {"id_token": ""}, headers={"x-forwarded-for": forwarded})
            .status_code
        )

    assert [opened(f"10.0.0.{number}, 203.0.113.9") for number in range(7)] == [
        401
    ] * 5 + [429] * 2
    assert opened("203.0.113.9, 198.51.100.7") == (401 if behind_proxy else 429)
    cache.clear()


def test_the_proxy_is_counted_where_there_is_one() -> None:
    """Otherwise every operator of every shop shares the proxy's address, and one of them can lock out all."""
    asked = "from config import settings as s; print(s.ALLAUTH_TRUSTED_PROXY_COUNT, bool(s.SECURE_PROXY_SSL_HEADER))"
    for behind, said in (("true", "1 True"), ("", "0 False")):
        environment = {**os.environ, "BEHIND_PROXY": behind}
        run = subprocess.run(
            [sys.executable, "-c", asked],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == said


def test_cookies_of_production(shops: Shops, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = (
        True  # as PRODUCTION sets them
    )
    client = Client()
    client.get("/login/")
    client.post("/login/", {"login": "aiko", "password": PASSWORD})
    client.post("/preferences/", {"language": "en", "theme": "dark"})
    flags = {
        name: (bool(m["secure"]), bool(m["httponly"]), m["samesite"])
        for name, m in client.cookies.items()
    }
    assert flags.pop("sessionid") == (True, True, "Lax")
    assert {(secure, samesite) for secure, _http_only, samesite in flags.values()} == {
        (True, "Lax")
    }


def test_what_was_said_is_not_kept_in_the_browser(shops: Shops) -> None:
    aiko = client_for(shops.cast.aiko)
    aiko.post("/t/sakura/members/tags/new/", {"name": "佐久間さん", "color": "grey"})
    assert set(aiko.cookies) == {"sessionid"}
    assert "佐久間さん" in aiko.get("/t/sakura/members/tags/").content.decode()


def test_the_health_of_a_container_is_asked_by_a_name_that_is_answered(
    db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["crm.example.jp"], True
    monkeypatch.setattr(alive, "SITE_URL", "https://crm.example.jp")

    class Reply:
        def __init__(self, request: Any, timeout: int) -> None:
            host = request.get_header("Host") or request.host
            self.answer = Client(headers={"host": host}).get(request.selector)

        def read(self) -> bytes:
            return self.answer.content

        def __enter__(self) -> "Reply":
            return self

        def __exit__(self, *args: object) -> None:
            pass

    monkeypatch.setattr("urllib.request.urlopen", Reply)
    assert alive.check_web() is True
