"""The first recipe, at the demo cart's admin site: found, compared, confirmed, clicked once, read back, pictured."""

import base64
import io
from datetime import timedelta

import pyotp
from django.db import connection, transaction
from django.utils import timezone
from PIL import Image

from rpa.robot.logins import ask_login
from tenants.scope import act_as
from tests.rpa.browser.conftest import BrowserStage
from tests.rpa.requests.conftest import EMAIL

SCREENS = [
    "search",
    "customer",
    "subscription",
    "subscription",
    "confirm",
    "subscription",
]


def test_each_kind_is_done_once_by_one_login(robot: BrowserStage) -> None:
    """One of each kind, each for a customer of its own, in one queue."""
    day = timezone.localdate() + timedelta(days=9)
    kinds = ("pause", "next_date", "skip")
    rows = {kind: robot.add_person(f"{kind}@example.jp") for kind in kinds}
    robot.get_row(rows["next_date"])["scheduled_to_be_delivered_at"] = (
        "2026/12/20 00:00:00"
    )
    robot.sandbox.cart.office_sessions = {}
    wanted = {"next_date": {"wanted_date": day}}
    requests = {
        kind: robot.receive_matched(row, kind, **wanted.get(kind, {}))
        for kind, row in rows.items()
    }
    assert robot.work() is None
    states = {kind: robot.read(each).state for kind, each in requests.items()}
    assert states == dict.fromkeys(kinds, "verified")
    assert robot.read(requests["pause"]).result == "休止受付"
    assert robot.get_row(rows["pause"])["state"] == "suspend"
    moved = robot.get_row(rows["next_date"])["scheduled_to_be_delivered_at"]
    assert moved == f"{day:%Y/%m/%d} 00:00:00"
    assert robot.get_row(rows["skip"])["skip_next_scheduled_delivery"] is True
    assert robot.clicks == [*rows.values()]
    assert robot.work() is None
    assert robot.clicks == [*rows.values()]
    # One login for the whole queue.
    assert len(robot.sandbox.cart.office_sessions) == 1


def test_each_picture_shows_something_and_nobody_else(robot: BrowserStage) -> None:
    """From receipt to verified, each step in a picture."""
    # The site's search finds parts of words: two more people, of whom nobody may stand in a picture.
    robot.add_customer(name="他人 太郎", email=f"x{EMAIL}", full_tel="0399998888")
    robot.add_customer(name="別人 次郎", email=f"y{EMAIL}", full_tel="0399997777")
    request = robot.receive(reason="余っている")
    assert robot.work() is None
    done = robot.read(request)
    assert (done.state, done.why, done.result) == ("verified", "", "対応完了")
    assert (robot.clicks, robot.row["state"]) == ([robot.subscription], "canceled")
    assert robot.screens(request) == SCREENS
    with transaction.atomic():
        rows = list(request.evidence.filter(step="seen").order_by("at", "pk"))
    assert len(rows) == len(SCREENS)
    for row in rows:
        with Image.open(io.BytesIO(base64.b64decode(row.picture))) as picture:
            low, high = picture.convert("L").getextrema()
            assert high - low > 50
        text = row.data["text"]
        assert [
            name for name in ("他人", "別人", "0399998888", "x" + EMAIL) if name in text
        ] == []
        assert "demo-office" not in text
    assert "髙橋 花子" in rows[0].data["text"]
    assert rows[0].data["text"].count("■") > 20
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT picture, data FROM rpa_evidence WHERE tenant_id = %s AND request_id = %s AND picture <> ''",
            [robot.shop.pk, request.pk],
        )
        stored = cursor.fetchall()
    assert len(stored) == len(SCREENS)
    assert all(picture.startswith("gAAAA") for picture, _data in stored)
    assert all("花子" not in data for _picture, data in stored)


def test_who_has_left_is_no_customer(robot: BrowserStage) -> None:
    left = robot.add_customer(full_tel="0399998888", state="withdrawn")
    robot.sandbox.cart.tables["customers"][robot.customer]["email"] = "new@example.jp"
    assert robot.sandbox.cart.tables["customers"][left]["email"] == EMAIL
    request = robot.receive()
    robot.work()
    assert (robot.read(request).state, robot.read(request).why) == ("person", "none")


def test_a_new_recipe_rehearses_as_far_as_the_last_button(robot: BrowserStage) -> None:
    robot.login.is_live = False
    with transaction.atomic():
        robot.login.save()
    request = robot.receive_matched(robot.subscription)
    robot.work()
    assert (robot.read(request).state, robot.clicks) == ("rehearsed", [])
    assert robot.screens(request)[-1] == "confirm"
    assert robot.row["state"] == "active"


def test_a_second_factor_by_an_authenticator_app(robot: BrowserStage) -> None:
    secret = pyotp.random_base32()
    robot.switch(office_totp=secret)
    robot.login.secrets = {**robot.login.secrets, "totp": secret}
    with transaction.atomic(), act_as(robot.cast.aiko, "console"):
        robot.login.save()
        ask_login(robot.login)
    robot.work()
    login = robot.read_login()
    assert (login.trouble, bool(login.checked_at)) == ("", True)


def test_what_is_obligatory_or_in_shipment_is_seen_at_the_site(
    robot: BrowserStage,
) -> None:
    robot.row["remaining_block_times"] = 2
    obliged = robot.receive()
    other = robot.add_person("jiro@example.jp")
    customer = robot.get_row(other)["customer_id"]
    robot.sandbox.cart.add_order(customer, other, shipped=False)
    robot.get_row(other)["remaining_block_times"] = 0
    shipping = robot.receive(given={"email": "jiro@example.jp"})
    robot.work()
    assert (robot.read(obliged).state, robot.read(obliged).why) == (
        "refused",
        "obliged",
    )
    found = robot.read(shipping)
    assert (found.state, found.why, robot.clicks) == ("refused", "in_shipment", [])
