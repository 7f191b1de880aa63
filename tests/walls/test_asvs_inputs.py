"""Items of OWASP ASVS 5.0 about what comes in: order, limits, files, tokens, what is costly, what fails outside."""

import io
import logging
import zipfile
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from members.models import ImportRow, Member, MemberImport
from messaging.content.images import store_image
from operators.models import AccessCode, AuditEntry, Seat
from operators.seats import invite
from outbound.errors import TryLater
from tenants.models import Tenant
from tests.administration.test_operators import typed
from tests.conftest import Cast
from tests.forms_builder.conftest import Phone, account, form, phone

__all__ = ["account", "form", "phone"]
IMPORT = "/t/sakura/members/imports/"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def upload(client: Client, data: bytes, name: str = "members.csv") -> HttpResponse:
    return client.post(f"{IMPORT}new/", {"file": SimpleUploadedFile(name, data)})


def make_picture(kind: str = "JPEG", size: tuple[int, int] = (30, 20)) -> bytes:
    out = io.BytesIO()
    Image.new("1", size).save(out, kind)
    return out.getvalue()


def pack(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


# ---------------------------------------------------------------- V2: order, limits, whole or not at all
def test_2_3_1_no_step_is_skipped(sakura: Tenant, ed: Client) -> None:
    upload(ed, "氏名,メール\r\n山田,a@example.jp\r\n".encode())
    source = MemberImport.objects.get()
    # Started before anybody said what the columns are: nothing is taken in.
    ed.post(f"{IMPORT}{source.public_id}/load/")
    source.refresh_from_db()
    assert (source.job_id, Member.objects.count()) == (None, 0)


def test_2_3_2_a_shop_has_so_many_operators_and_no_more(
    sakura: Tenant, aiko: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invite, "MOST_SEATS", Seat.objects.count() + 1)
    new = "/t/sakura/settings/operators/new/"
    statuses = [aiko.post(new, {"name": n, **typed()}).status_code for n in "花咲"]
    assert (statuses[1], AccessCode.objects.count()) == (422, 1)


def test_2_3_3_what_fails_half_way_is_undone(
    sakura: Tenant, aiko: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("after the rows, before the answer")

    monkeypatch.setattr("members.screens.tags.views.redirect", fail)
    aiko.raise_request_exception = False
    said = aiko.post("/t/sakura/members/tags/new/", {"name": "新", "color": "grey"})
    left = AuditEntry.objects.filter(action="tag.added").count()
    assert (said.status_code, left) == (500, 0)


# ---------------------------------------------------------------- V5: files
def test_5_2_1_a_file_has_a_size(
    sakura: Tenant, ed: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("members.screens.imports.forms.MOST_BYTES", 1_000)
    answer = upload(ed, b"name,email\r\n" + b"a,b\r\n" * 300)
    assert (answer.status_code, MemberImport.objects.count()) == (422, 0)
    with pytest.raises(ValidationError):
        store_image(b"\xff" * (10 * 1024 * 1024 + 1))


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + b"\0" * 40,
        b"MZ\x90\0" + b"\1" * 99,
        b"%PDF-1.7\r\n\0\xe2\xe3",
    ],
    ids=["picture", "program", "PDF"],
)
def test_5_2_2_a_file_is_what_its_name_says(
    sakura: Tenant, ed: Client, data: bytes
) -> None:
    answer = upload(ed, data, "members.xlsx")
    assert (answer.status_code, ImportRow.objects.count()) == (422, 0)
    if not data.startswith(b"GIF"):
        with pytest.raises(ValidationError):
            store_image(data)
    with pytest.raises(ValidationError):
        store_image(b"<svg xmlns='http://www.w3.org/2000/svg'/>")


def test_5_2_3_what_unpacks_too_far_is_not_unpacked(sakura: Tenant, ed: Client) -> None:
    bomb = pack(xl__workbook_xml=b"0" * 30_000_000)
    answer = upload(ed, bomb, "members.xlsx")
    assert len(bomb) < 100_000
    assert (answer.status_code, MemberImport.objects.count()) == (422, 0)


def test_5_2_6_a_picture_has_so_many_pixels(sakura: Tenant) -> None:
    wide = make_picture("PNG", (50_000, 1_001))
    assert len(wide) < 1_000_000
    with pytest.raises(ValidationError):
        store_image(wide)


def test_5_4_2_a_name_that_somebody_typed_is_no_header(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    source = MemberImport.objects.create(
        name='会員"\r\nSet-Cookie: a=b;<b>.xlsx',
        path="",
        operator=cast.ed,
        state="failed",
    )
    page = ed.get(f"{IMPORT}{source.public_id}/")
    assert (page.status_code, "a" in page.cookies) == (200, False)
    assert [v for v in page.headers.values() if "a=b" in v] == []
    assert "a=b;&lt;b&gt;.xlsx" in page.content.decode()


def test_5_4_3_no_upload_is_given_out_as_it_came(sakura: Tenant) -> None:
    """Nothing is scanned for viruses, for nothing that was uploaded is served: a picture is its pixels, made anew."""
    image = store_image(make_picture() + EICAR)
    stored = bytes(image.data) + bytes(image.preview)
    assert b"EICAR" not in stored
    assert stored.startswith(b"\xff\xd8")


# ---------------------------------------------------------------- V9: tokens of LINE
@pytest.mark.parametrize(
    "claims",
    [{"lifetime": -10}, {"aud": "3002"}, {"iss": "https://evil.example"}],
    ids=["9.2.1 expired", "9.2.3 for another", "9.2.4 by another"],
)
def test_9_2_1_to_9_2_4_a_token_is_for_us_and_of_today(
    phone: Phone, claims: dict[str, object]
) -> None:
    assert (phone.open(**claims).status_code, Member.objects.count()) == (401, 0)


def test_9_1_1_and_9_1_2_a_token_that_nobody_signed(phone: Phone) -> None:
    head, body, _signature = phone.token().split(".")
    none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    for forged in (f"{none}.{body}.", f"{head}.{body}.AAAA", f"{head}.{body}."):
        said = phone.client.post(f"{phone.base}open/", {"id_token": forged})
        assert (said.status_code, Member.objects.count()) == (401, 0)


# ---------------------------------------------------------------- V15, V16: what is costly, what goes wrong
@pytest.mark.parametrize("text", ["(a+)+$" * 9, "%" * 50, "_" * 50, "a%a%a%a"])
def test_15_2_2_no_typed_text_is_run_as_a_pattern(
    sakura: Tenant, aiko: Client, text: str
) -> None:
    name = "a" * 60
    Member.objects.bulk_create([Member(name=name, name_key=name) for _ in range(3)])
    search = "/t/sakura/members/search/"
    plain = aiko.post(search, {"q": "aaaa"}, follow=True)
    assert len(plain.context["page"].rows) == 3
    with CaptureQueriesContext(connection) as asked:
        found = aiko.post(search, {"q": text}, follow=True)
    assert (found.status_code, len(found.context["page"].rows)) == (200, 0)
    assert [each["sql"] for each in asked if " ~ " in each["sql"]] == []


def test_16_3_3_what_goes_round_the_rules_is_written_down(
    cast: Cast, vic: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    forger = Client(enforce_csrf_checks=True)
    forger.cookies = vic.cookies
    forger.post("/t/sakura/members/tags/new/", {"name": "x", "color": "grey"})
    vic.get("/t/momiji/members/")
    said = {getattr(record, "status_code", 0) for record in caplog.records}
    assert {403, 404} <= said


def test_16_5_2_a_service_that_is_away_lets_nobody_in(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise TryLater("ConnectTimeout")

    monkeypatch.setattr("forms_builder.public.open_form.verify_id_token", away)
    said = phone.open()
    assert (said.status_code, Member.objects.count()) == (503, 0)
