"""管理画面のログイン: stored without being shown again, tried out, switched live by whom that is given to."""

import base64

import pytest
from django.test import Client
from django.utils import timezone

from cartsync.models import Cart
from operators.models import AuditEntry, Seat
from rpa.models import Evidence, RobotLogin
from tenants.models import Wakeup
from tests.conftest import Cast, client_for
from tests.rpa.screens.test_requests import make_request

pytestmark = pytest.mark.usefixtures("sakura")
GIVEN = {
    "recipe": "demo",
    "url": "https://shop.example.jp/admin",
    "login": "robot",
    "is_on": "on",
}


def address(cart: Cart, more: str = "") -> str:
    return f"/t/sakura/rpa/settings/carts/{cart.public_id}/{more}"


def test_a_login_is_stored_and_its_secrets_stay_away(aiko: Client, cart: Cart) -> None:
    answer = aiko.post(address(cart), GIVEN)
    assert (answer.status_code, list(answer.context["form"].errors)) == (
        422,
        ["password"],
    )
    typed = GIVEN | {"password": "geheim-7", "totp_secret": "jbsw y3dp ehpk 3pxp"}
    assert aiko.post(address(cart), typed).status_code == 302
    stored = RobotLogin.objects.get()
    assert (stored.url, stored.is_on, stored.is_live) == (
        "https://shop.example.jp",
        True,
        False,
    )
    assert stored.credentials == {
        "login": "robot",
        "password": "geheim-7",
        "totp": "JBSWY3DPEHPK3PXP",
    }
    page = aiko.get(address(cart)).content.decode()
    assert ("geheim-7" in page, "JBSWY" in page) == (False, False)
    # Blank keeps what is stored, but not for another address.
    aiko.post(address(cart), GIVEN | {"login": "robot2"})
    stored.refresh_from_db()
    assert stored.credentials["password"] == "geheim-7"
    moved = aiko.post(address(cart), GIVEN | {"url": "https://evil.example.com"})
    assert list(moved.context["form"].errors) == ["password"]
    moved = typed | {"url": "https://new.example.jp", "totp_secret": ""}
    assert aiko.post(address(cart), moved).status_code == 302
    stored.refresh_from_db()
    assert (stored.url, stored.credentials["totp"]) == ("https://new.example.jp", "")
    entries = AuditEntry.objects.filter(action="rpa.login_stored")
    assert [entry.data for entry in entries] == [{"cart": cart.name, "is_on": True}] * 3


def test_what_is_no_secret_of_an_app_is_refused(aiko: Client, cart: Cart) -> None:
    typed = GIVEN | {"password": "x", "totp_secret": "123456"}
    answer = aiko.post(address(cart), typed)
    assert list(answer.context["form"].errors) == ["totp_secret"]


def test_who_may_do_what(aiko: Client, ed: Client, cart: Cart) -> None:
    assert ed.post(address(cart), GIVEN).status_code == 403
    stored = RobotLogin.objects.create(
        cart=cart, recipe="demo", url="https://a.example.jp"
    )
    assert ed.post(address(cart, "check/")).status_code == 403
    assert ed.post(address(cart, "live/"), {"live": "1"}).status_code == 403
    aiko.post(address(cart, "live/"), {"live": "1"})
    aiko.post(address(cart, "check/"))
    stored.refresh_from_db()
    assert (stored.is_live, bool(stored.asked_at)) == (True, True)
    assert Wakeup.objects.filter(kind="rpa.browse", subject=cart.pk).count() == 1
    page = aiko.get("/t/sakura/rpa/settings/").content.decode()
    assert "デモカート（管理画面）" in page


def test_who_stores_or_goes_live_shows_who_they_are(cast: Cast, cart: Cart) -> None:
    stale = client_for(cast.aiko, confirmed=False)
    stored = RobotLogin.objects.create(
        cart=cart, recipe="demo", url="https://a.example.jp"
    )
    stale.post(address(cart), GIVEN | {"password": "geheim-7"})
    stale.post(address(cart, "live/"), {"live": "1"})
    stored.refresh_from_db()
    assert (stored.url, stored.is_live) == ("https://a.example.jp", False)


def test_another_recipe_rehearses_again(
    aiko: Client, cart: Cart, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rpa.recipes import kinds

    monkeypatch.setitem(kinds.KINDS, "b", "tests.rpa.browser.recipe_b.OtherRecipe")
    RobotLogin.objects.create(
        cart=cart, recipe="demo", url="https://shop.example.jp", is_live=True
    )
    aiko.post(address(cart), GIVEN)
    assert RobotLogin.objects.get().is_live
    aiko.post(address(cart), GIVEN | {"recipe": "b"})
    assert not RobotLogin.objects.get().is_live


def test_a_trouble_is_shown_where_its_requests_wait(ed: Client, cart: Cart) -> None:
    RobotLogin.objects.create(
        cart=cart,
        recipe="demo",
        url="https://a.example.jp",
        trouble="login_refused",
        trouble_words="パスワードが違います。",
        trouble_at=timezone.now(),
    )
    found = make_request(cart)
    page = ed.get(f"/t/sakura/rpa/requests/{found.public_id}/").content.decode()
    assert "管理画面にログインできません。" in page
    assert "「パスワードが違います。」" in page


def test_a_picture_is_for_who_sees_personal_data(
    ed: Client, vic: Client, oscar: Client, cart: Cart
) -> None:
    found = make_request(cart)
    picture = base64.b64encode(b"\x89PNG...").decode()
    row = Evidence.objects.create(
        request=found,
        at=timezone.now(),
        step="seen",
        data={"screen": "confirm", "text": ""},
        picture=picture,
    )
    url = f"/t/sakura/rpa/requests/{found.public_id}/pictures/{row.pk}/"
    answer = ed.get(url)
    assert (answer.content, answer.headers["Cache-Control"]) == (
        b"\x89PNG...",
        "no-store",
    )
    assert (
        "確認の画面"
        in ed.get(f"/t/sakura/rpa/requests/{found.public_id}/").content.decode()
    )
    Seat.objects.filter(operator__login_id="vic").update(rights={})
    assert vic.get(url).status_code == 403
    assert oscar.get(url).status_code == 404
    assert ed.get(url.replace(str(row.pk), str(row.pk + 1))).status_code == 404
    row.picture = "これは絵ではない"
    row.save()
    page = f"/t/sakura/rpa/requests/{found.public_id}/"
    assert ed.get(url).headers["Location"] == page
