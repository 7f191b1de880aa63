"""A case as a PDF and as a zip: in Japanese, with its steps and pictures, and in the audit log."""

import io
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from cartsync.models import Cart
from operators.models import AuditEntry, Seat
from rpa.evidence.record import record_picture, record_step
from rpa.models import CancellationRequest
from tests.conftest import Cast, client_for

made_png = io.BytesIO()
Image.effect_noise((20, 10), 90).save(made_png, "PNG")
PNG = made_png.getvalue()
pytestmark = pytest.mark.usefixtures("sakura")


@pytest.fixture
def address(cart: Cart) -> str:
    made = CancellationRequest.objects.create(
        cart=cart,
        kind="cancel",
        state="verified",
        given={"email": "a@example.jp", "name": "髙橋 <花子>"},
        before={"product": "めぐり茶", "state": "active", "next_at": None},
        received_at=timezone.now(),
    )
    record_step(
        made, "searched", number=1, key="email", masked="a***@example.jp", hits=1
    )
    record_step(made, "verified")
    return f"/t/sakura/rpa/requests/{made.public_id}/export/"


def test_a_case_is_exported_as_pdf(aiko: Client, address: str) -> None:
    answer = aiko.post(address)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    text = "".join(page.extract_text() for page in pages).replace("\n", "")
    for said in (
        "解約の申請",
        "髙橋 <花子>",
        "めぐり茶・継続中",
        "a***@example.jp",
        "カートで変更を確かめました",
    ):
        assert said in text, said
    entry = AuditEntry.objects.get(action="rpa.exported")
    assert entry.operator.login_id == "aiko"


def test_a_case_is_exported_with_its_pictures(aiko: Client, address: str) -> None:
    """As they were taken, numbered as their steps are; a step without one has none."""
    made = CancellationRequest.objects.get()
    record_picture(made, "confirm", PNG, "解約の確認")
    answer = aiko.post(address, {"kind": "zip"})
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].endswith('.zip"')
    with ZipFile(io.BytesIO(answer.content)) as packed:
        names = packed.namelist()
        assert [name.partition("-")[0] for name in names] == ["case.pdf", "003"]
        assert packed.read(names[1]) == PNG
        assert packed.read("case.pdf").startswith(b"%PDF-")
    entry = AuditEntry.objects.get(action="rpa.exported")
    assert entry.data["kind"] == "zip"


def test_a_case_is_personal_data(cast: Cast, address: str) -> None:
    """Asked for by who may see it, and has just shown who they are."""
    asked = client_for(cast.aiko, confirmed=False).post(address)
    assert "confirm-password" in asked.content.decode()
    rights = {"export": True, "personal": False}
    Seat.objects.filter(operator=cast.ed).update(rights=rights)
    page = client_for(cast.ed)
    assert page.post(address).status_code == 403
    assert address not in page.get(address.removesuffix("export/")).content.decode()
    assert AuditEntry.objects.filter(action="rpa.exported").count() == 0


def test_the_right_to_export_is_needed(ed: Client, address: str) -> None:
    assert ed.post(address).status_code == 403
    assert AuditEntry.objects.filter(action="rpa.exported").count() == 0
