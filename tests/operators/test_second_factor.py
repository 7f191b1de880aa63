"""TOTP, recovery codes and passkeys: set up, asked for at the login, required by a shop, never skipped by a reissue."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
import time_machine
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, TestCase
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from operators.login.password_reset import send_reset_mail
from operators.models import AuditEntry, Operator, Seat
from operators.tasks import send_change, write_failed_login
from tenants.models import Tenant
from tests.conftest import PASSWORD, Cast, client_for

START = 1_800_000_000
RP, FLAG = sha256(b"testserver"), AuthenticatorData.FLAG
REGISTERED = CollectedClientData.create(
    "webauthn.create", b"c" * 32, "https://testserver"
)
NEW = "an even longer staple"


@pytest.fixture(autouse=True)
def forget_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def now_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the mailing task where it is queued."""
    monkeypatch.setattr(send_change, "delay_on_commit", send_change)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def set_up_app(client: Client) -> tuple[pyotp.TOTP, list[str]]:
    """Register an app as a person does; return it and the recovery codes."""
    page = client.get("/account/totp/on/")
    app = pyotp.TOTP(page.context["form"].secret)
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post("/account/totp/on/", {"code": app.at(time.time())})
    assert (answer.status_code, answer["Location"]) == (302, "/account/codes/")
    shown = client.get("/account/codes/").content.decode()
    return app, re.findall(r"<code>(\d{10})</code>", shown)


def log_in(client: Client, password: str = PASSWORD) -> HttpResponse:
    return client.post("/login/", {"login": "ed", "password": password})


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def actions(operator: Operator) -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(operator=operator).order_by("pk")
    return list(rows.values_list("action", "result"))


def test_the_code_follows_the_password(
    clock: Any, sakura: Tenant, cast: Cast, ed: Client
) -> None:
    app, codes = set_up_app(ed)
    assert len(codes) == 10
    clock.shift(60)
    client = Client()
    answer = log_in(client)
    assert (answer["Location"], is_in(client)) == ("/login/code/", False)
    wrong = client.post("/login/code/", {"code": "000000"})
    assert (wrong.status_code, is_in(client)) == (200, False)
    assert "コードが違うか、すでに使われています" in wrong.content.decode()
    right = client.post("/login/code/", {"code": app.at(time.time())})
    assert (right["Location"], is_in(client)) == ("/shops/", True)
    assert actions(cast.ed) == [
        ("login.factor_added", "done"),
        ("login.codes_made", "done"),
        ("login.factor_failed", "refused"),
        ("login.done", "done"),
    ]
    assert [message.to for message in mail.outbox] == [["ed@example.jp"]]
    assert "二段階認証の方法が追加されました。" in mail.outbox[0].body


def test_the_secret_is_unreadable_in_the_table(ed: Client, cast: Cast) -> None:
    app, codes = set_up_app(ed)
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert [text for text in (app.secret, *codes) if text in stored] == []


def test_a_code_is_good_once(clock: Any, ed: Client, cast: Cast) -> None:
    app, _codes = set_up_app(ed)
    clock.shift(60)
    code, before = app.at(time.time()), app.at(time.time() - 30)
    first, second = Client(), Client()
    log_in(first), log_in(second)
    first.post("/login/code/", {"code": code})
    cache.clear()  # what Valkey has forgotten is not forgotten
    clock.shift(29)
    assert is_in(first)
    for used in (code, before):
        second.post("/login/code/", {"code": used})
        assert not is_in(second)
    clock.shift(2)
    second.post("/login/code/", {"code": app.at(time.time())})
    assert is_in(second)


def test_a_recovery_code_is_good_once(ed: Client, cast: Cast) -> None:
    _app, codes = set_up_app(ed)
    client = Client()
    for expected in (True, False):
        log_in(client)
        client.post("/login/code/", {"code": codes[0]})
        assert is_in(client) is expected
        client.post("/logout/")
    assert "リカバリーコードでログインしました。" in mail.outbox[-1].body
    assert "残り9件" in ed.get("/account/").content.decode()


def test_guessing_is_locked(sakura: Tenant, clock: Any, ed: Client, cast: Cast) -> None:
    app, _codes = set_up_app(ed)
    clock.shift(60)
    client = Client()
    log_in(client)
    for _ in range(6):
        client.post("/login/code/", {"code": "000000"})
    client.post("/login/code/", {"code": app.at(time.time())})
    assert not is_in(client)
    assert ("login.locked", "refused") in actions(cast.ed)


def test_codes_are_shown_once_and_made_again(ed: Client, cast: Cast) -> None:
    _app, codes = set_up_app(ed)
    again = ed.get("/account/codes/").content.decode()
    assert [code for code in codes if code in again] == []
    ed.post("/account/codes/new/")
    new = re.findall(
        r"<code>(\d{10})</code>", ed.get("/account/codes/").content.decode()
    )
    assert (len(new), set(new) & set(codes)) == (10, set())


def test_a_reissue_by_mail_never_skips_it(ed: Client, cast: Cast) -> None:
    set_up_app(ed)
    mail.outbox.clear()
    send_reset_mail("ed@example.jp")
    (path,) = re.findall(r"https?://[^/\s]+(/\S+)", mail.outbox[0].body)
    client = Client()
    page = client.get(path, follow=True).redirect_chain[-1][0]
    client.post(page, {"password1": NEW, "password2": NEW})
    assert not is_in(client)
    assert not is_in(ed), "the other sessions are off"
    assert log_in(client, NEW)["Location"] == "/login/code/"
    assert "パスワードが再発行されました。" in mail.outbox[-1].body


def test_removed_and_the_codes_with_it(sakura: Tenant, ed: Client, cast: Cast) -> None:
    set_up_app(ed)
    ed.post("/account/totp/off/")
    assert Authenticator.objects.count() == 0
    assert log_in(Client())["Location"] == "/shops/"
    assert [action for action, _ in actions(cast.ed)].count("login.factor_removed") == 2


# ---------------------------------------------------------------- a shop that requires it
def test_who_has_none_is_led_to_set_it_up(
    sakura: Tenant, cast: Cast, aiko: Client, ed: Client, vic: Client
) -> None:
    saved = aiko.post("/t/sakura/settings/security/", {"roles": ["staff"]})
    assert saved["Location"] == "/t/sakura/settings/security/"
    assert vic.get("/t/sakura/members/").status_code == 200
    led = ed.get("/t/sakura/members/")
    assert (led.status_code, led["Location"]) == (302, "/account/")
    assert "スタッフに二段階認証が必要です" in ed.get("/account/").content.decode()
    by_htmx = ed.get("/t/sakura/members/", headers={"HX-Request": "true"})
    assert by_htmx.headers["HX-Redirect"] == "/account/"
    assert ed.post("/t/sakura/members/new/", {"name": "x"}).status_code == 302
    set_up_app(ed)
    assert ed.get("/t/sakura/members/").status_code == 200
    (entry,) = AuditEntry.objects.filter(action="login.rule_changed")
    assert (entry.data, entry.operator) == (
        {"before": [], "after": ["staff"]},
        cast.aiko,
    )


def test_a_manager_decides_for_those_they_manage(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    Seat.objects.filter(operator=cast.ed).update(role="manager")
    page = "/t/sakura/settings/security/"
    assert ed.post(page, {"roles": ["owner"]}).status_code == 422
    sakura.refresh_from_db()
    assert sakura.second_factor_roles == []
    ed.post(page, {"roles": ["staff", "viewer"]})
    sakura.refresh_from_db()
    assert sakura.second_factor_roles == ["staff", "viewer"]


def test_an_owner_removes_a_lost_one_of_their_own_shop(
    sakura: Tenant, cast: Cast, aiko: Client, ed: Client
) -> None:
    set_up_app(ed)
    seat = Seat.objects.get(operator=cast.ed)
    page = f"/t/sakura/settings/operators/{seat.pk}/factors/"
    aiko.post(page)
    assert Authenticator.objects.filter(user=cast.ed).count() == 2
    Operator.objects.filter(pk=cast.ed.pk).update(made_by=sakura)
    aiko.post(page)
    assert Authenticator.objects.filter(user=cast.ed).count() == 0
    assert AuditEntry.objects.get(action="seat.factors_removed").operator == cast.aiko
    assert AuditEntry.objects.filter(action="login.factor_removed").count() == 0
    assert mail.outbox[-1].to == ["ed@example.jp"]
    assert "二段階認証の方法が削除されました。" in mail.outbox[-1].body
    assert log_in(Client())["Location"] == "/shops/"


def test_a_passkey_of_who_was_switched_off_leads_nowhere(cast: Cast, rf: Any) -> None:
    from operators.login.adapter import AccountAdapter

    request = rf.get("/login/")
    client = client_for(cast.ed)
    request.session = client.session
    from django.contrib.messages.storage.session import SessionStorage

    request._messages = SessionStorage(request)
    answer = AccountAdapter().respond_user_inactive(request, cast.ed)
    assert answer["Location"] == "/login/"


# ---------------------------------------------------------------- passkeys
class SecurityKey:
    """A passkey in a few lines: it says that somebody touched it and, where ``asks``, that it asked for the PIN."""

    def __init__(self) -> None:
        self.private, self.id = ec.generate_private_key(ec.SECP256R1()), b"k" * 16
        self.public = ES256.from_cryptography_key(self.private.public_key())

    def register(self, operator: Operator) -> None:
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, self.public)
        data = AuthenticatorData.create(RP, FLAG.UP | FLAG.UV | FLAG.AT, 0, credential)
        said = self.describe(
            {"attestationObject": AttestationObject.create("none", data, {})}
        )
        Authenticator.objects.create(
            user=operator,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "鍵", "credential": said},
        )

    def answer(self, options: dict[str, Any], operator: Operator, asks: bool) -> str:
        data = AuthenticatorData.create(RP, FLAG.UP | (FLAG.UV if asks else 0), 1)
        challenge = options["publicKey"]["challenge"]
        client = CollectedClientData.create(
            "webauthn.get", challenge, "https://testserver"
        )
        signature = self.private.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        handle = user_pk_to_url_str(operator).encode()
        parts = {
            "authenticatorData": data,
            "signature": signature,
            "userHandle": handle,
        }
        return json.dumps(self.describe(parts, client))

    def describe(
        self, parts: dict[str, bytes], client: bytes = REGISTERED
    ) -> dict[str, Any]:
        response = {name: websafe_encode(part) for name, part in parts.items()}
        return {
            "id": websafe_encode(self.id),
            "rawId": websafe_encode(self.id),
            "type": "public-key",
            "response": {**response, "clientDataJSON": websafe_encode(client)},
            "clientExtensionResults": {},
        }


def ask_for_options(client: Client) -> dict[str, Any]:
    """Return what the login page asks a passkey for."""
    answer = client.get(
        "/login/passkey/", headers={"X-Requested-With": "XMLHttpRequest"}
    )
    return dict(answer.json()["request_options"])


@pytest.fixture
def key(cast: Cast) -> SecurityKey:
    found = SecurityKey()
    found.register(cast.ed)
    return found


def test_a_passkey_logs_in_by_itself(
    sakura: Tenant, cast: Cast, key: SecurityKey
) -> None:
    client = Client()
    options = ask_for_options(client)
    client.post("/login/passkey/", {"credential": key.answer(options, cast.ed, True)})
    assert is_in(client)
    assert actions(cast.ed) == [("login.done", "done")]


def test_a_passkey_always_asks_who_holds_it(
    sakura: Tenant, cast: Cast, key: SecurityKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A found key that was only touched opens nothing, whichever page began the question."""
    monkeypatch.setattr(write_failed_login, "delay_on_commit", write_failed_login)
    alone, behind, again = Client(), Client(), client_for(cast.ed, confirmed=False)
    options = ask_for_options(alone)
    assert options["publicKey"]["userVerification"] == "required"
    touched = {"credential": key.answer(options, cast.ed, False)}
    alone.post("/login/passkey/", touched)
    log_in(behind)
    options = behind.get("/login/code/").context["js_data"]["request_options"]
    touched = {"credential": key.answer(options, cast.ed, False)}
    behind.post("/login/code/", touched)
    options = again.get("/account/confirm/").context["options"]
    touched = {"confirm-credential": key.answer(options, cast.ed, False)}
    again.post("/account/confirm/", touched)
    assert (is_in(alone), is_in(behind)) == (False, False)
    assert actions(cast.ed) == [
        ("login.factor_failed", "refused"),
        ("login.factor_failed", "refused"),
        ("login.confirm_failed", "refused"),
    ]


def test_the_keys_are_rotated(
    clock: Any, ed: Client, cast: Cast, settings: Any
) -> None:
    """Read with the old key, rotate, drop the old key, read again."""
    old, new = settings.FIELD_KEYS[0], Fernet.generate_key().decode()
    app, codes = set_up_app(ed)
    settings.FIELD_KEYS = [new, old]
    call_command("rotate_secrets", verbosity=0)
    settings.FIELD_KEYS = [new]
    client = Client()
    for code in (app.at(time.time()), codes[3]):
        log_in(client)
        client.post("/login/code/", {"code": code})
        assert is_in(client)
        client.post("/logout/")
    settings.FIELD_KEYS = [old]
    log_in(client)
    with pytest.raises(InvalidToken):
        client.post("/login/code/", {"code": codes[4]})
