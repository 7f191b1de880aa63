"""A flood of answers stands in a line: each ticket has its place, once, and keeps it; the line slows down."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from forms_builder.models import Form, Submission
from forms_builder.public import answer_rate
from forms_builder.public.answer_rate import Turn, get_turn, hold_place
from outbound.valkey import connect_valkey
from tests.forms_builder.conftest import Phone
from tests.forms_builder.public.test_without_line import GOOD

SECONDS = 1_000  # that each answer takes here: no test is that slow
FLOOD = Turn(is_flood=True)


@pytest.fixture(autouse=True)
def slow(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No line here is long unless a test says so."""
    settings.ANSWERS_PER_SECOND = 1 / SECONDS
    monkeypatch.setattr(answer_rate, "LONG", SECONDS * 10)
    monkeypatch.setattr(answer_rate, "gate", answer_rate.Gate())
    yield
    for key in connect_valkey().scan_iter("forms:*"):
        connect_valkey().delete(key)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The one moment that the gate sees, in seconds."""
    now = [1_000.0]
    monkeypatch.setattr(answer_rate, "gate", answer_rate.Gate())
    monkeypatch.setattr(answer_rate, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def get_turn_wait(form: Form, digest: str) -> int:
    return get_turn(form, digest).wait


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


def test_a_long_line_moves_at_half_its_pace(
    momiji_form: Form, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first stand in a short line; each behind them takes twice as long, and another shop's line is as ever."""
    monkeypatch.setattr(answer_rate, "LONG", 5.0)
    turns = [get_turn(form, name) for name in "abc"]
    assert [round(each.ahead / SECONDS, 1) for each in turns] == [0, 1, 3]
    assert all(each.is_flood for each in turns)
    assert get_turn(momiji_form, "d").ahead == 0


def test_a_short_line_is_no_flood(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_rate, "LONG", SECONDS * 3)
    turns = [get_turn(form, name) for name in "abc"]
    assert [round(each.ahead / SECONDS, 1) for each in turns] == [0, 1, 2]
    assert [each.is_flood for each in turns] == [False, False, False]
    assert get_turn(form, "d").is_flood


def test_a_process_takes_in_one_answer_of_a_flood_at_a_time(clock: list[float]) -> None:
    with hold_place(FLOOD, 0) as first, hold_place(FLOOD, 0) as second:
        assert (first, second) == (True, False)
        clock[0] += 2
    # It rests as long as the answer took.
    clock[0] += 1.9
    with hold_place(FLOOD, 0) as resting:
        assert not resting
    clock[0] += 0.2
    with hold_place(FLOOD, 0) as after:
        assert after


def test_a_request_that_queued_is_the_sign_of_a_flood(clock: list[float]) -> None:
    """It is over once no sign came for a while; before and after, answers come in side by side."""
    calm, queued = (Turn(), answer_rate.QUEUED), (Turn(), answer_rate.QUEUED + 0.01)
    with hold_place(*calm) as first, hold_place(*calm) as second:
        assert (first, second) == (True, True)
    with hold_place(*queued) as first, hold_place(*calm) as second:
        assert (first, second) == (True, False)
    clock[0] += answer_rate.CALM
    with hold_place(*calm) as first, hold_place(*calm) as second:
        assert (first, second) == (True, True)


def test_the_page_comes_again_where_another_is_taken_in(
    phone: Phone, clock: list[float]
) -> None:
    """It is told so without a look into the form, keeps its place, and is taken in the next time."""
    ticket, page = phone.ticket(), {"headers": {"X-Waits": "next"}}
    with hold_place(FLOOD, 0):
        waits = phone.client.post(phone.base, {"ticket": ticket, **GOOD}, **page)
    assert (waits.status_code, waits["X-Turn"], waits.content) == (429, "yes", b"")
    assert 3 <= int(waits["Retry-After"]) <= 5 and Submission.objects.count() == 0
    clock[0] += answer_rate.CALM
    taken = phone.client.post(phone.base, {"ticket": ticket, **GOOD}, **page)
    assert taken.status_code == 204 and Submission.objects.count() == 1


def test_whoever_was_due_long_ago_comes_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answer_rate.random, "randint", lambda least, most: most)
    dues = [1.5, -1, -10, -100]
    assert [Turn(due, is_flood=True).draw_later() for due in dues] == [5, 6, 15, 60]
