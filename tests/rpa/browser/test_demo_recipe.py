"""The first recipe, at the demo cart's admin site: found, compared, confirmed, clicked once, read back, pictured."""

import base64
import io
from datetime import timedelta

import pyotp
import pytest
from django.db import transaction
from django.utils import timezone
from PIL import Image

from tests.rpa.browser.conftest import BrowserStage
from tests.rpa.requests.conftest import EMAIL

SCREENS = ["search", "customer", "subscription", "subscription", "confirm", "subscription"]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "state", "result"),
    [("cancel", "canceled", "対応完了"), ("pause", "suspend", "休止受付")],
)
def test_from_receipt_to_verified(
    robot: BrowserStage, kind: str, state: str, result: str
) -> None:
    request = robot.receive(kind, reason="余っている")
    assert robot.work() is None
    done = robot.read(request)
    assert (done.state, done.why, done.result) == ("verified", "", result)
    assert (robot.row["state"], robot.clicks) == (state, [robot.subscription])
    assert robot.screens(request) == SCREENS
    assert robot.work() is None
    assert robot.clicks == [robot.subscription]


def test_a_skip_and_another_date(robot: BrowserStage) -> None:
    day = timezone.localdate() + timedelta(days=9)
    robot.row["scheduled_to_be_delivered_at"] = "2026/12/20 00:00:00"
    moved = robot.receive("next_date", wanted_date=day)
    robot.work()
    assert robot.read(moved).state == "verified"
    assert robot.row["scheduled_to_be_delivered_at"] == f"{day:%Y/%m/%d} 00:00:00"
    skipped = robot.receive("skip")
    robot.work()
    assert robot.read(skipped).state == "verified"
    assert robot.row["skip_next_scheduled_delivery"] is True
    assert robot.clicks == [robot.subscription] * 2


def test_each_picture_shows_something_and_nobody_else(robot: BrowserStage) -> None:
    # The site's search finds parts of words: two more people, of whom nobody may stand in a picture.
    robot.add_customer(name="他人 太郎", email=f"x{EMAIL}", full_tel="0399998888")
    robot.add_customer(name="別人 次郎", email=f"y{EMAIL}", full_tel="0399997777")
    request = robot.receive()
    robot.work()
    assert robot.read(request).state == "verified"
    with transaction.atomic():
        rows = list(request.evidence.filter(step="seen").order_by("at", "pk"))
    assert len(rows) == len(SCREENS)
    for row in rows:
        with Image.open(io.BytesIO(base64.b64decode(row.picture))) as picture:
            low, high = picture.convert("L").getextrema()
            assert high - low > 50
        text = row.data["text"]
        assert [name for name in ("他人", "別人", "0399998888", "x" + EMAIL) if name in text] == []  # fmt: skip
        assert "demo-office" not in text
    assert "髙橋 花子" in rows[0].data["text"]
    assert rows[0].data["text"].count("■") > 20


def test_a_picture_is_encrypted(robot: BrowserStage) -> None:
    from django.db import connection

    request = robot.receive()
    robot.work()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT picture, data FROM rpa_evidence WHERE tenant_id = %s AND request_id = %s AND picture <> ''",
            [robot.shop.pk, request.pk],
        )
        stored = cursor.fetchall()
    assert len(stored) == len(SCREENS)
    assert all(picture.startswith("gAAAA") for picture, _data in stored)
    assert all("花子" not in data for _picture, data in stored)


def test_a_new_recipe_rehearses_as_far_as_the_last_button(robot: BrowserStage) -> None:
    robot.login.is_live = False
    with transaction.atomic():
        robot.login.save()
    request = robot.receive()
    robot.work()
    assert (robot.read(request).state, robot.clicks) == ("rehearsed", [])
    assert robot.screens(request)[-1] == "confirm"
    assert robot.row["state"] == "active"


def test_a_second_factor_by_an_authenticator_app(robot: BrowserStage) -> None:
    secret = pyotp.random_base32()
    robot.switch(office_totp=secret)
    robot.login.secrets = {**robot.login.secrets, "totp": secret}
    with transaction.atomic():
        robot.login.save()
    request = robot.receive()
    robot.work()
    assert (robot.read(request).state, robot.clicks) == ("verified", [robot.subscription])  # fmt: skip


def test_what_is_obligatory_or_in_shipment_is_seen_at_the_site(
    robot: BrowserStage,
) -> None:
    robot.row["remaining_block_times"] = 2
    obliged = robot.receive()
    robot.work()
    assert (robot.read(obliged).state, robot.read(obliged).why) == ("refused", "obliged")  # fmt: skip
    robot.row["remaining_block_times"] = 0
    robot.sandbox.cart.add_order(robot.customer, robot.subscription, shipped=False)
    robot.row["remaining_block_times"] = 0
    shipping = robot.receive()
    robot.work()
    found = robot.read(shipping)
    assert (found.state, found.why, robot.clicks) == ("refused", "in_shipment", [])


def test_one_login_for_the_whole_queue(robot: BrowserStage) -> None:
    second = robot.add_customer(email="jiro@example.jp", full_tel="0312340000")
    other = int(robot.sandbox.cart.add_subscription(second)["id"])
    robot.sandbox.cart.tables["subs_orders"][other]["remaining_block_times"] = 0
    robot.sandbox.cart.office_sessions = {}
    requests = [robot.receive(), robot.receive(given={"email": "jiro@example.jp"})]
    robot.work()
    assert [robot.read(each).state for each in requests] == ["verified"] * 2
    assert robot.clicks == [robot.subscription, other]
    assert len(robot.sandbox.cart.office_sessions) == 1
