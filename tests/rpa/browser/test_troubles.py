"""What a robot may meet: it ends verified or with a person, and nothing is ever clicked twice."""

import traceback

import pyotp
import pytest
from django.db import transaction

from outbound.errors import TryLater
from rpa.browser.hand import Hand
from rpa.browser.problems import Stuck
from rpa.browser.session import Session
from rpa.requests.work import MOST_TRIES
from rpa.robot import work_queue as queue
from rpa.robot.logins import ask_login, store_login
from tenants.models import Wakeup
from tenants.scope import act_as
from tests.rpa.browser.conftest import BrowserStage


@pytest.mark.parametrize(
    ("switches", "why", "words"),
    [
        ({"office_fault": "captcha"}, "captcha", "ログイン"),
        ({"office_fault": "sms"}, "second_factor", "ログイン"),
        (
            {"office_password": "changed"},
            "login_refused",
            "ログインIDかパスワードが違います。",
        ),
        ({"office_totp": pyotp.random_base32()}, "second_factor", "ログイン"),
    ],
)
def test_a_login_that_needs_a_person(
    robot: BrowserStage, switches: dict[str, str], why: str, words: str
) -> None:
    robot.switch(**switches)
    request, waiting = robot.receive(), robot.receive()
    robot.work()
    found = robot.read(request)
    assert (found.state, found.why, robot.clicks) == ("person", why, [])
    assert words in robot.words(request)
    login = robot.read_login()
    assert (login.trouble, words in login.trouble_words) == (why, True)
    # The next one waits, and the login is not tried again until somebody says so.
    assert robot.work() is None
    assert robot.read(waiting).state == "received"


def test_a_clock_that_is_wrong(robot: BrowserStage) -> None:
    robot.switch(office_totp=pyotp.random_base32())
    secrets = {**robot.login.secrets, "totp": pyotp.random_base32()}
    robot.login.secrets = secrets
    with transaction.atomic():
        robot.login.save()
    request = robot.receive()
    robot.work()
    assert robot.read(request).why == "second_factor"
    assert "認証コードが違います。" in robot.words(request)


@pytest.mark.parametrize(
    ("fault", "why", "words"),
    [
        ("modal", "modal", "メンテナンスのお知らせ"),
        ("selector", "changed_page", "#cancel"),
        ("login", "logged_out", "ログイン"),
    ],
)
def test_a_page_that_is_in_the_way(
    robot: BrowserStage, fault: str, why: str, words: str
) -> None:
    robot.switch(office_fault=fault)
    request = robot.receive()
    robot.work()
    found = robot.read(request)
    assert (found.state, found.why, robot.clicks) == ("person", why, [])
    assert words in robot.words(request)
    assert robot.row["state"] == "active"


@pytest.mark.parametrize(
    ("fault", "ending"),
    [("hang", ("verified", "")), ("lost", ("person", "unconfirmed"))],
)
def test_no_answer_after_the_click(
    robot: BrowserStage, fault: str, ending: tuple[str, str]
) -> None:
    robot.switch(office_fault=fault)
    request = robot.receive()
    robot.work()
    found = robot.read(request)
    assert (found.state, found.why) == ending
    for _again in range(2):
        robot.work()
    assert robot.clicks == [robot.subscription]


def test_a_site_that_is_down_is_tried_again(robot: BrowserStage) -> None:
    with transaction.atomic():
        type(robot.login).objects.update(url="http://127.0.0.1:9")
    request = robot.receive()
    again = robot.work()
    found = robot.read(request)
    assert (found.state, found.tries, found.due_at) == ("received", 1, again)
    assert MOST_TRIES > 1
    with transaction.atomic(), act_as(robot.cast.aiko, "console"):
        ask_login(robot.read_login())
    robot.work()
    login = robot.read_login()
    assert (login.trouble, login.asked_at) == ("unreachable", None)


def test_a_login_that_is_mended_lets_the_queue_go_on(robot: BrowserStage) -> None:
    robot.switch(office_password="changed")
    first, second = robot.receive(), robot.receive(given={"email": "nobody@example.jp"})
    robot.work()
    assert [robot.read(each).state for each in (first, second)] == [
        "person",
        "received",
    ]
    with transaction.atomic(), act_as(robot.cast.aiko, "console"):
        values = {"recipe": "demo", "url": robot.cart.base_url, "is_on": True}
        store_login(
            robot.cart, {"login": "", "password": "changed", "totp": ""}, **values
        )
    with transaction.atomic():
        assert Wakeup.objects.filter(kind="rpa.browse", subject=robot.cart.pk).exists()
    robot.work()
    assert (robot.read(second).why, robot.read_login().trouble) == ("none", "")


def test_a_login_is_tried_out(robot: BrowserStage) -> None:
    with transaction.atomic(), act_as(robot.cast.aiko, "console"):
        ask_login(robot.read_login())
    robot.work()
    login = robot.read_login()
    assert (login.trouble, login.asked_at, bool(login.checked_at)) == ("", None, True)
    robot.switch(office_password="changed")
    with transaction.atomic(), act_as(robot.cast.aiko, "console"):
        ask_login(login)
    robot.work()
    login = robot.read_login()
    assert (login.trouble, login.asked_at) == ("login_refused", None)
    assert login.trouble_words.startswith("ログインIDかパスワード")


def test_without_a_chromium_requests_wait_with_the_reason(
    robot: BrowserStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = robot.receive(given={"email": "nobody@example.jp"})
    with monkeypatch.context() as without:
        without.setattr(queue, "find_chromium", lambda: None)
        assert robot.work() is not None
    assert robot.read(request).state == "received"
    assert robot.read_login().trouble == "no_browser"
    robot.work()
    assert (robot.read(request).why, robot.read_login().trouble) == ("none", "")


def test_a_password_stands_in_no_log(robot: BrowserStage) -> None:
    """Not even where the field takes none: Playwright quotes what it could not fill in."""
    session = Session(robot.cart.base_url)
    secret = "-".join(("demo", "office", "secret"))

    def fill(hand: Hand) -> None:
        hand.open("/office/login")
        hand.page.evaluate("document.querySelector('#password').disabled = true")
        hand.page.set_default_timeout(300)
        hand.fill("#password", secret)

    try:
        with pytest.raises(Stuck) as raised:
            session.run(fill)
    finally:
        session.close()
    shown = "".join(traceback.format_exception(raised.value))
    assert ("#password" in shown, secret in shown) == (True, False)


def test_the_browser_reaches_no_other_site(robot: BrowserStage) -> None:
    session = Session(robot.cart.base_url)
    try:
        assert session.run(lambda hand: hand.open("/office/login")) is None
        with pytest.raises(TryLater):
            session.run(lambda hand: goto(hand, robot.sandbox.line_url))
        with pytest.raises(TryLater):
            session.run(lambda hand: goto(hand, "http://example.com"))
    finally:
        session.close()


def test_a_site_is_reached_by_its_name(robot: BrowserStage) -> None:
    named = robot.cart.base_url.replace("127.0.0.1", "localhost")
    with transaction.atomic(), act_as(robot.cast.aiko, "console"):
        type(robot.login).objects.update(url=named)
        ask_login(robot.read_login())
    robot.work()
    login = robot.read_login()
    assert (login.trouble, bool(login.checked_at)) == ("", True)


def goto(hand: object, url: str) -> None:
    hand.url = url  # type: ignore[attr-defined]
    hand.open("/")  # type: ignore[attr-defined]
