"""Items of OWASP ASVS 5.0, each as a test that carries its number.

What other walls prove for every page (headers, forged posts, rows of another shop, personal data) is here shown once,
so that each number has its line; docs/security.md leads from the number to all of its tests.
"""

import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path
from typing import Any

import pyotp
import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client

from config.defaults.logs import JsonFormatter
from jobs.files.formula_guard import escape_formula
from members.models import Member
from messaging.models import LineAccount
from operators import audit
from operators.login.email_proof import seal_email
from operators.login.password_reset import build_reset_url
from operators.login.passwords import is_in_file
from operators.models import AuditEntry, Operator, Seat
from outbound.addresses import is_public
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import PASSWORD, Cast, client_for

ROOT = Path(settings.BASE_DIR)
NEW = "an even longer staple"
MEMBERS, TAGS = "/t/sakura/members/", "/t/sakura/members/tags/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def forget_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def log_in(client: Client, name: str = "ed", password: str = PASSWORD) -> HttpResponse:
    return client.post("/login/", {"login": name, "password": password})


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def give_app(operator: Operator) -> pyotp.TOTP:
    TOTP.activate(operator, SECRET)
    return pyotp.TOTP(SECRET)


def read_production(expression: str) -> str:
    """Return what a setting is in production."""
    given = {
        "DATABASE_URL": "postgresql://app@/x?host=/nowhere",
        "SECRET_KEY": "k" * 50,
        "FIELD_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "TSUNAGI_ENV": "production",
    }
    code = f"from config import settings as s; print({expression})"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | given,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


# ---------------------------------------------------------------- V1, V2: what comes in, and how often
@pytest.mark.parametrize("text", ["=1+1", "  @SUM(1)", "＝1", "\t+1", "-2+3", "|calc"])
def test_1_2_10_no_cell_is_a_formula(text: str) -> None:
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "10.1.2.3",
        "0.0.0.0",
        "192.168.1.1",
        "::ffff:10.0.0.1",
        "fd00::1",
    ],
)
def test_1_3_6_no_call_to_an_address_inside(address: str) -> None:
    assert (is_public(address), is_public("93.184.216.34")) == (False, True)


def test_2_4_1_a_burst_of_logins_is_stopped(cast: Cast) -> None:
    statuses = [log_in(Client(), f"nobody{n}").status_code for n in range(31)]
    assert (statuses[0], statuses[-1]) == (200, 429)


# ---------------------------------------------------------------- V3: the browser
def test_3_3_1_cookies_are_bound_to_the_host_and_secure() -> None:
    said = read_production(
        "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE"
    )
    assert said == "__Host-sessionid __Host-csrftoken True True"


def test_3_3_2_and_3_3_4_the_session_is_no_scripts_business(cast: Cast) -> None:
    client = Client()
    log_in(client)
    morsel = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (morsel["samesite"], bool(morsel["httponly"])) == ("Lax", True)


def test_3_4_1_strict_transport() -> None:
    assert int(read_production("s.SECURE_HSTS_SECONDS")) >= 31_536_000


def test_3_4_2_to_3_4_6_headers(aiko: Client) -> None:
    headers = aiko.get(MEMBERS).headers
    policy = headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    wanted = (
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "script-src 'self'",
    )
    assert [part for part in wanted if part not in policy] == []
    assert "unsafe" not in policy


def test_3_5_1_a_forged_post_is_refused(cast: Cast, aiko: Client) -> None:
    forger = Client(enforce_csrf_checks=True)
    forger.cookies = aiko.cookies
    assert forger.post(f"{TAGS}new/", {"name": "x", "color": "grey"}).status_code == 403
    assert forger.post("/account/sessions/end/").status_code == 403


@pytest.mark.parametrize(
    "path", ["/logout/", "/account/sessions/end/", "/account/email/{token}/"]
)
def test_3_5_3_a_get_changes_nothing(cast: Cast, ed: Client, path: str) -> None:
    other = Client()
    log_in(other)
    ed.get(path.format(token=seal_email(cast.ed, "edo@example.com")))
    cast.ed.refresh_from_db()
    assert (is_in(ed), is_in(other), cast.ed.email) == (True, True, "ed@example.jp")


# ---------------------------------------------------------------- V5: files
def test_5_4_1_the_name_of_a_file_is_written_for_every_browser(
    sakura: Tenant, aiko: Client
) -> None:
    typed = {"reason": "四半期ごとの内部監査のため"}
    answer = aiko.post("/t/sakura/settings/audit/export/", typed)
    said = answer.headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename\*=utf-8''[%A-Za-z0-9_.]+", said)


# ---------------------------------------------------------------- V6: who it is
@pytest.mark.parametrize("password", ["short pass", "password1234", "123456789012"])
def test_6_2_1_and_6_2_4_short_and_common_ones_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


def test_6_2_2_and_6_2_3_changed_by_who_knows_the_old_one(
    cast: Cast, ed: Client
) -> None:
    typed = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}
    ed.post("/password/change/", typed)
    cast.ed.refresh_from_db()
    assert cast.ed.check_password(PASSWORD)
    ed.post("/password/change/", typed | {"oldpassword": PASSWORD})
    cast.ed.refresh_from_db()
    assert cast.ed.check_password(NEW)


@pytest.mark.parametrize(
    "password",
    [
        "全部ひらがなとかんじのながいことば",
        "lower case letters only",
        "x" * 5 + "yz-" + "w9" * 40,
    ],
)
def test_6_2_5_and_6_2_9_any_letters_and_length(password: str) -> None:
    validate_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd!2026",
        "iloveyouiloveyou",
        "**Basketball**",
        "!!superman!!99",
    ],
)
def test_6_2_12_what_was_leaked_is_refused(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password)
    assert "password_leaked" in {each.code for each in refused.value.error_list}


def test_6_2_12_a_file_of_leaks_is_looked_into(tmp_path: Path, settings: Any) -> None:
    leaked = [f"leaked, number {n} of all" for n in range(300)]
    lines = sorted(
        f"{sha1(each.encode(), usedforsecurity=False).hexdigest().upper()}:{n}\r\n"
        for n, each in enumerate(leaked)
    )
    (tmp_path / "leaks.txt").write_text("".join(lines), newline="")
    settings.LEAKED_LIST = str(tmp_path / "leaks.txt")
    assert all(is_in_file(each) for each in leaked)
    assert not any(is_in_file(f"{each}!") for each in leaked)
    with pytest.raises(ValidationError):
        validate_password(leaked[0])
    validate_password("nobody has this one yet")


def test_6_2_6_and_6_2_7_hidden_and_pasted(client: Client, db: None) -> None:
    page = client.get("/login/").content.decode()
    field = re.search(r'<input[^>]*name="password"[^>]*>', page)
    assert field and 'type="password"' in field[0]
    assert 'autocomplete="current-password"' in field[0]
    assert "onpaste" not in page
    scripts = [*(ROOT / "static").rglob("*.js")]
    assert [
        s.name
        for s in scripts
        if '"paste"' in s.read_text() and "password" in s.read_text()
    ] == []


def test_6_2_8_taken_as_typed(cast: Cast) -> None:
    cast.ed.set_password(f" {NEW} ")
    cast.ed.save()
    assert log_in(Client(), password=NEW).status_code == 200
    assert log_in(Client(), password=NEW.upper()).status_code == 200
    assert log_in(Client(), password=f" {NEW} ").status_code == 302


def test_6_3_1_guessing_locks_the_login(cast: Cast) -> None:
    for number in range(5):
        Client().post(
            "/login/", {"login": "ed", "password": "x"}, REMOTE_ADDR=f"192.0.2.{number}"
        )
    assert log_in(Client()).status_code == 200


def test_6_3_3_a_second_factor_is_asked_for(cast: Cast) -> None:
    give_app(cast.ed)
    client = Client()
    assert log_in(client).headers["Location"] == "/login/code/"
    assert not is_in(client)


def test_6_4_3_a_reissue_skips_no_second_factor(cast: Cast) -> None:
    give_app(cast.ed)
    client = Client()
    path = build_reset_url(cast.ed).removeprefix(settings.SITE_URL)
    form = client.get(path, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": NEW, "password2": NEW})
    assert not is_in(client)
    assert log_in(client, password=NEW).headers["Location"] == "/login/code/"


def test_6_5_1_and_6_5_5_a_code_lives_shortly_and_once(cast: Cast) -> None:
    app = give_app(cast.ed)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        code = app.at(time.time())
        for expected in (True, False):
            client = Client()
            log_in(client)
            client.post("/login/code/", {"code": code})
            assert is_in(client) is expected
        old = app.at(time.time() + 30)
        clock.shift(120)
        client = Client()
        log_in(client)
        client.post("/login/code/", {"code": old})
        assert not is_in(client)


def test_6_6_3_codes_cannot_be_tried_out(cast: Cast) -> None:
    app = give_app(cast.ed)
    client = Client()
    log_in(client)
    for number in range(6):
        client.post("/login/code/", {"code": f"{number:06}"})
    client.post("/login/code/", {"code": app.now()})
    assert not is_in(client)


# ---------------------------------------------------------------- V7: sessions
def test_7_2_4_a_login_begins_a_new_session(cast: Cast) -> None:
    client = Client()
    client.get("/login/")
    session = client.session
    session["planted"] = 1
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    log_in(client)
    assert client.session.session_key != planted


@pytest.mark.parametrize(("limit", "minutes"), [("idle", 31), ("age", 12 * 60 + 1)])
def test_7_3_1_and_7_3_2_it_ends_by_itself(
    cast: Cast, limit: str, minutes: int
) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        client = Client()
        log_in(client)
        step = 20 if limit == "age" else minutes
        for _ in range(minutes // step):
            assert is_in(client)
            clock.shift(step * 60)
        clock.shift((minutes % step) * 60)
        assert not is_in(client)


def test_7_4_1_after_the_logout_its_cookie_opens_nothing(cast: Cast) -> None:
    client = Client()
    log_in(client)
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/logout/")
    client.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert not is_in(client)


def test_7_4_2_a_login_that_is_switched_off_is_out(cast: Cast, ed: Client) -> None:
    Operator.objects.filter(pk=cast.ed.pk).update(is_active=False)
    assert not is_in(ed)


def test_7_4_3_a_new_password_ends_the_others(cast: Cast, ed: Client) -> None:
    other = Client()
    log_in(other)
    typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    ed.post("/password/change/", typed)
    assert (is_in(ed), is_in(other)) == (True, False)


@pytest.mark.parametrize(
    "path",
    ["/account/login/", "/account/email/", "/account/totp/on/", "/account/codes/new/"],
)
def test_7_5_1_what_proves_who_it_is_is_changed_after_asking(
    cast: Cast, path: str
) -> None:
    client = client_for(cast.ed, confirmed=False)
    typed = {"name": "x", "login_id": "xxx", "email": "x@example.com"}
    assert "confirm-password" in client.post(path, typed).content.decode()


def test_7_5_2_sessions_are_listed_and_ended(cast: Cast) -> None:
    here, there = Client(), Client()
    log_in(here), log_in(there)
    assert here.get("/account/").content.decode().count('name="session"') == 1
    here.post("/account/sessions/end/")
    assert (is_in(here), is_in(there)) == (True, False)


# ---------------------------------------------------------------- V8: what one may do
@pytest.mark.parametrize(
    "path",
    [f"{TAGS}new/", "/t/sakura/settings/operators/", "/t/sakura/members/export/"],
)
def test_8_2_1_functions_are_refused_by_role(vic: Client, path: str) -> None:
    assert [vic.get(path).status_code, vic.post(path, {}).status_code] == [403, 403]


def test_8_2_2_a_row_of_another_shop_is_no_row(cast: Cast, oscar: Client) -> None:
    with open_tenant_scope(cast.sakura):
        member = Member.objects.create(name="佐久間")
    paths = (f"/t/momiji/members/{member.public_id}/", f"{MEMBERS}{member.public_id}/")
    assert [oscar.get(path).status_code for path in paths] == [404, 404]


def test_8_2_3_fields_are_masked_by_right(
    sakura: Tenant, cast: Cast, vic: Client
) -> None:
    member = Member.objects.create(name="鹿内 佐久良", name_key="鹿内佐久良")
    page = f"{MEMBERS}{member.public_id}/"
    assert "鹿内 佐久良" in vic.get(page).content.decode()
    Seat.objects.filter(operator=cast.vic).update(rights={})
    assert "佐久良" not in vic.get(page).content.decode()


def test_8_4_1_no_statement_reaches_another_shop(cast: Cast) -> None:
    for shop in (cast.sakura, cast.momiji):
        with open_tenant_scope(shop):
            Member.objects.create(name=shop.slug)
    with open_tenant_scope(cast.sakura), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM members_member")
        assert cursor.fetchall() == [("sakura",)]
        cursor.execute("UPDATE members_member SET name = 'x' WHERE name = 'momiji'")
        assert cursor.rowcount == 0


# ---------------------------------------------------------------- V11, V13: secrets
def test_11_3_2_and_13_3_1_no_secret_is_readable_in_the_tables(
    sakura: Tenant, cast: Cast
) -> None:
    give_app(cast.ed)
    LineAccount.objects.create(
        name="公式",
        channel_id="1",
        webhook_key="k",
        channel_secret="very-secret",
        access_token="a-token",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM messaging_lineaccount t")
        stored = str(cursor.fetchall())
    stored += json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert [word for word in ("very-secret", "a-token", SECRET) if word in stored] == []
    assert cast.ed.password.partition("$")[0] != PASSWORD


def test_11_4_2_passwords_are_hashed_slowly() -> None:
    assert "Argon2" in read_production("s.PASSWORD_HASHERS[0]")


# ---------------------------------------------------------------- V14: data
def test_14_2_1_nobody_stands_in_an_address(sakura: Tenant, aiko: Client) -> None:
    sent = aiko.post(f"{MEMBERS}search/", {"q": "canary@example.jp"})
    assert (sent.status_code, "canary" in sent.headers["Location"]) == (302, False)


def test_14_3_2_and_14_3_3_no_cache_and_no_storage_keeps_a_page(aiko: Client) -> None:
    page = aiko.get(MEMBERS)
    assert page.headers["Cache-Control"] == "no-store"
    assert '"historyCacheSize": 0' in page.content.decode()
    assert "no-store" in aiko.get("/account/").headers["Cache-Control"]


# ---------------------------------------------------------------- V15: code
def test_15_3_2_no_redirect_is_followed() -> None:
    text = (ROOT / "outbound/http.py").read_text()
    assert "redirect=False" in text


def test_15_3_3_only_the_fields_of_a_form_are_taken(
    sakura: Tenant, cast: Cast, aiko: Client
) -> None:
    member = Member.objects.create(name="佐久間")
    typed = {"name": "作間", "phone": "", "email": "", "birthday": ""}
    planted = {"deleted_at": "2026-01-01", "tenant": cast.momiji.pk, "public_id": "x"}
    planted["line_user_id"] = "U0"
    aiko.post(f"{MEMBERS}{member.public_id}/edit/", typed | planted)
    after = Member.objects.get(pk=member.pk)
    assert (after.name, after.deleted_at, after.line_user_id) == (
        "作間",
        None,
        member.line_user_id,
    )
    assert (after.public_id, after.tenant_id) == (member.public_id, sakura.pk)
    own = {
        "name": "江戸",
        "login_id": "edo",
        "is_active": "",
        "made_by": cast.momiji.pk,
    }
    client_for(cast.ed).post("/account/login/", own)
    cast.ed.refresh_from_db()
    assert (cast.ed.login_id, cast.ed.is_active, cast.ed.made_by_id) == (
        "edo",
        True,
        None,
    )


# ---------------------------------------------------------------- V16: what is written down
def test_16_2_5_no_secret_is_logged(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = Client()
    log_in(client, password="a wrong password")
    log_in(client)
    client.post("/account/confirm/", {"confirm-password": PASSWORD})
    records = [each for each in caplog.records if not each.name.startswith("django.db")]
    said = "\n".join(record.getMessage() for record in records)
    assert [word for word in ("a wrong password", PASSWORD) if word in said] == []


def test_16_3_1_logins_are_written_down(sakura: Tenant, cast: Cast) -> None:
    client = Client()
    log_in(client)
    client.post("/logout/")
    rows = AuditEntry.objects.filter(operator=cast.ed).order_by("pk")
    assert list(rows.values_list("action", flat=True)) == ["login.done", "login.ended"]


def test_16_3_2_what_is_refused_is_logged(
    vic: Client, caplog: pytest.LogCaptureFixture
) -> None:
    vic.post(f"{TAGS}new/", {})
    refused = [r for r in caplog.records if getattr(r, "status_code", 0) == 403]
    assert [r.levelname for r in refused] == ["WARNING"]


def test_16_4_1_a_line_end_makes_no_line() -> None:
    record = logging.LogRecord("a", logging.INFO, "", 0, "one\r\ntwo", (), None)
    assert len(JsonFormatter().format(record).splitlines()) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE operators_auditentry SET action = 'x'",
        "DELETE FROM operators_auditentry",
    ],
)
def test_16_4_2_nobody_changes_the_log(cast: Cast, change: str) -> None:
    with open_tenant_scope(cast.sakura):
        audit.record_action("tag.added")
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(f"{change} WHERE tenant_id = {cast.sakura.pk}")
    call_command("verify_audit", verbosity=0)


def test_16_5_1_and_16_5_3_an_error_is_told_without_details_and_undone(
    sakura: Tenant, aiko: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("canary@example.jp")

    monkeypatch.setattr("members.screens.tags.views.messages.success", broken)
    aiko.raise_request_exception = False
    answer = aiko.post(f"{TAGS}new/", {"name": "新しい", "color": "grey"})
    assert (answer.status_code, "canary" in answer.content.decode()) == (500, False)
    assert AuditEntry.objects.filter(action="tag.added").count() == 0
