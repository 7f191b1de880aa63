"""Where somebody is logged in: listed, ended one by one, and by themselves when idle or old."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from operators.login.sessions import describe_browser
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.conftest import PASSWORD, Cast

START = 1_800_000_000
MINUTE, HOUR = 60, 60 * 60
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Safari/604.1"


@pytest.fixture(autouse=True)
def forget_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def log_in(agent: str = CHROME, **extra: str) -> Client:
    client = Client(headers={"user-agent": agent})
    typed = {"login": "ed", "password": PASSWORD, "remember": "on"}
    assert client.post("/login/", typed, **extra).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def whys() -> list[str]:
    rows = AuditEntry.objects.filter(action="login.timed_out").order_by("pk")
    return [row.data["why"] for row in rows]


def test_an_idle_session_ends(clock: Any, sakura: Tenant, cast: Cast) -> None:
    client = log_in()
    for _ in range(3):
        clock.shift(29 * MINUTE)
        assert is_in(client)
    clock.shift(31 * MINUTE)
    page = client.get("/t/sakura/members/")
    assert page["Location"] == "/login/?next=/t/sakura/members/"
    assert "しばらく操作がなかった" in client.get(page["Location"]).content.decode()
    assert (whys(), UserSession.objects.count()) == (["idle"], 0)


def test_polls_keep_no_session_open(cast: Cast, clock: Any) -> None:
    client = log_in()
    for _ in range(3):
        clock.shift(11 * MINUTE)
        seen = client.get("/account/", headers={"X-Unattended": "1"}).status_code
    assert seen == 302


def test_every_session_ends_after_twelve_hours(
    clock: Any, sakura: Tenant, cast: Cast
) -> None:
    client = log_in()
    for _ in range(12 * 3):
        clock.shift(20 * MINUTE)
        assert is_in(client)
    clock.shift(MINUTE)
    assert not is_in(client)
    assert whys() == ["age"]


def test_the_page_lists_them_and_ends_one(sakura: Tenant, cast: Cast) -> None:
    here, there = log_in(), log_in(IPHONE, REMOTE_ADDR="203.0.113.9")
    page = here.get("/account/").content.decode()
    assert page.index("Chrome（Windows）") < page.index("Safari（iPhone）")
    assert "203.0.113.9" in page
    row = UserSession.objects.get(ip="203.0.113.9")
    here.post("/account/sessions/end/", {"session": row.pk})
    assert (is_in(here), is_in(there)) == (True, False)
    assert AuditEntry.objects.filter(action="login.session_ended").count() == 1


def test_all_others_end(cast: Cast) -> None:
    here, others = log_in(), [log_in(), log_in(IPHONE)]
    here.post("/account/sessions/end/")
    assert [is_in(client) for client in [here, *others]] == [True, False, False]
    assert Session.objects.count() == 1


def test_nobody_ends_anothers(cast: Cast, aiko: Client) -> None:
    client = log_in()
    row = UserSession.objects.get(user=cast.ed)
    for typed in (str(row.pk), "", "x", "9" * 30):
        aiko.post("/account/sessions/end/", {"session": typed})
    assert is_in(client)


def test_a_new_password_ends_the_others(cast: Cast) -> None:
    here, there = log_in(), log_in(IPHONE)
    new = "an even longer staple"
    typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/password/change/", typed).status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (CHROME, "Chrome（Windows）"),
        (IPHONE, "Safari（iPhone）"),
        (CHROME + " Edg/140.0", "Edge（Windows）"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox（Linux）"),
        ("curl/8", ""),
    ],
)  # fmt: skip
def test_what_a_browser_is_called(agent: str, said: str) -> None:
    assert describe_browser(agent) == said
