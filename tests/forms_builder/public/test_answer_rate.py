"""A flood of answers stands in a line: each ticket has its place, once, and keeps it."""

from collections.abc import Iterator
from typing import Any

import pytest

from forms_builder.models import Form, Submission
from forms_builder.public import answer_rate
from forms_builder.public.answer_rate import get_turn_wait
from outbound.valkey import connect_valkey
from tests.forms_builder.conftest import Phone
from tests.forms_builder.public.test_without_line import GOOD

SECONDS = 1_000  # that each answer takes here: no test is that slow


@pytest.fixture(autouse=True)
def slow(settings: Any) -> Iterator[None]:
    settings.ANSWERS_PER_SECOND = 1 / SECONDS
    yield
    for key in connect_valkey().scan_iter("forms:*"):
        connect_valkey().delete(key)


def test_each_ticket_has_one_place(momiji_form: Form, form: Form) -> None:
    first, second, third = (get_turn_wait(form, name) for name in "abc")
    assert first == 0
    assert SECONDS - 60 < second <= SECONDS - answer_rate.NEAR
    assert SECONDS - 5 < third - second < SECONDS + 5
    # Asked again it is the same place, and takes no other's.
    assert get_turn_wait(form, "a") == 0
    assert second - 60 < get_turn_wait(form, "b") <= second
    assert get_turn_wait(momiji_form, "d") == 0


def test_the_page_comes_again_and_is_taken_in(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    get_turn_wait(phone.form, "somebody before")
    ticket = phone.ticket()
    waits = phone.client.post(
        phone.base, {"ticket": ticket, **GOOD}, headers={"X-Waits": "yes"}
    )
    assert (waits.status_code, waits.content) == (429, b"")
    assert SECONDS - 60 < int(waits.headers["Retry-After"]) < SECONDS
    page = phone.answer(ticket, **GOOD)
    assert page.status_code == 429 and GOOD["email"] in page.content.decode()
    assert page.headers["Retry-After"] and Submission.objects.count() == 0
    monkeypatch.setattr(answer_rate, "NEAR", SECONDS * 2)
    assert phone.answer(ticket, **GOOD).status_code == 302
    assert Submission.objects.count() == 1


def test_a_page_of_before_is_led_by_a_redirect_and_a_new_one_is_told(
    phone: Phone,
) -> None:
    """Both by the same ticket, which the first used up."""
    ticket = phone.ticket()
    led, told = (
        phone.client.post(
            phone.base, {"ticket": ticket, **GOOD}, headers={"X-Waits": value}
        )
        for value in ("yes", "next")
    )
    thanks = f"{phone.base}thanks/{Submission.objects.get().public_id}/"
    assert (led.status_code, led["Location"]) == (302, thanks)
    assert (told.status_code, told["X-Next"], told.content) == (204, thanks, b"")


def test_what_was_not_given_out_takes_no_place(phone: Phone) -> None:
    assert phone.answer("forged", **GOOD).status_code == 410
    assert get_turn_wait(phone.form, "a") == 0


def test_a_test_answer_waits_for_nobody(phone: Phone) -> None:
    get_turn_wait(phone.form, "somebody before")
    ticket = phone.ticket(phone.form.test_key)
    assert phone.answer(ticket, **GOOD).status_code == 302
