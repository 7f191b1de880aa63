"""A case as a PDF: in Japanese, with its steps, and in the audit log."""

import io

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from cartsync.models import Cart
from operators.models import AuditEntry
from rpa.evidence.record import record_step
from rpa.models import CancellationRequest

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


def test_the_right_to_export_is_needed(ed: Client, address: str) -> None:
    assert ed.post(address).status_code == 403
    assert AuditEntry.objects.filter(action="rpa.exported").count() == 0
