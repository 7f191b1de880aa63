"""Whatever is posted to a form, nothing breaks and nothing is half done."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms_builder.models import Submission
from forms_builder.public import limits, tickets
from members.models import IdentityRecord, Member
from tests.forms_builder.conftest import Phone

TEXTS = st.text(max_size=60) | st.sampled_from(
    ["090-1234-5678", "hanako@gmial.com", "\0", "\ud83c\udf38", "‮gnp"]
)


@pytest.fixture(autouse=True)
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    many = limits.Limit(member=10**6, address=10**6, form=10**6)
    monkeypatch.setattr(limits, "OPENING", many)
    monkeypatch.setattr(limits, "ANSWERING", many)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    typed=st.fixed_dictionaries(
        {"name": TEXTS, "phone": TEXTS, "email": TEXTS, "email_seen": TEXTS}
    )
)
def test_any_text_is_taken_or_told(phone: Phone, typed: dict[str, str]) -> None:
    typed = {
        name: text.encode(errors="replace").decode() for name, text in typed.items()
    }
    with transaction.atomic():
        member, _made = Member.objects.get_or_create(line_user_id="U1")
        before = Submission.objects.count(), IdentityRecord.objects.count()
        response = phone.answer(tickets.issue_ticket(phone.form, member), **typed)
        after = Submission.objects.count(), IdentityRecord.objects.count()
        taken = response.status_code == 302
        assert response.status_code in (302, 422)
        assert after == (before[0] + taken, before[1] + taken)


@pytest.mark.parametrize(
    "token", ["'; DROP TABLE members_member; --", "‮", "{}", "eyJhbGciOiJub25lIn0.e30."]
)
def test_any_token_is_refused(phone: Phone, token: str) -> None:
    assert (
        phone.client.post(f"{phone.base}open/", {"id_token": token}).status_code == 401
    )


def test_an_upload_is_refused_before_it_is_read(phone: Phone) -> None:
    file = SimpleUploadedFile("film.mp4", b"0" * 4_000_000)
    assert (
        phone.client.post(
            phone.base, {"ticket": phone.ticket(), "name": file}
        ).status_code
        == 413
    )
    small: dict[str, Any] = {
        "id_token": phone.token(),
        "film": SimpleUploadedFile("film.mp4", b"0" * 60_000),
    }
    assert phone.client.post(f"{phone.base}open/", small).status_code == 413


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(phone: Phone, method: str) -> None:
    assert getattr(phone.client, method)(phone.base).status_code == 405


def test_one_noisy_address_does_not_use_up_the_form(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OPENING", limits.Limit(member=100, address=2, form=4))
    noisy = [
        phone.client.post(f"{phone.base}open/", {"id_token": "x"}).status_code
        for _ in range(9)
    ]
    quiet = phone.client.post(
        f"{phone.base}open/", {"id_token": phone.token()}, REMOTE_ADDR="198.51.100.7"
    )
    assert (noisy, quiet.status_code) == ([401, 401, *[429] * 7], 200)
