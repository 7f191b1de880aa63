"""The thank-you page: masked values, and what the cart said."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from forms_builder.models import Form, Submission
from members.extension import MembersExtension
from members.extension import extensions as members
from members.models import IdentityRecord, Member
from messaging.deliveries import holds
from messaging.extension import MessagingExtension, extensions
from tests.extensions import hand_in
from tests.forms_builder.conftest import Phone

GOOD = {"name": "山田　花子", "phone": "09012341111", "email": "hanako@example.jp"}


@pytest.fixture(autouse=True)
def one_cart(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cart polled every hour, as far as this page can know."""
    timing = holds.LinkTiming(frequency=timedelta(hours=1))
    carts = MessagingExtension("cartsync", link_timing=lambda tenant: timing)
    hand_in(monkeypatch, extensions, carts)
    return


def thanks(phone: Phone, outcome: str = "", /, **typed: str) -> tuple[str, str]:
    """The whole page, and the piece that a waiting page asks for."""
    where = phone.answer(phone.ticket(), **{**GOOD, **typed})["Location"]
    IdentityRecord.objects.update(outcome=outcome)
    page, part = (
        phone.client.get(where),
        phone.client.get(where.replace("/thanks/", "/result/")),
    )
    assert (page.status_code, part.status_code) == (200, 200)
    assert page["Cache-Control"] == part["Cache-Control"] == "no-store"
    return page.content.decode(), part.content.decode()


def test_what_was_received_is_shown_masked(phone: Phone) -> None:
    page, _part = thanks(phone)
    assert "090-****-1111" in page and "ha***@example.jp" in page and "山***" in page
    for whole in ("山田", "09012341111", "1234-1111", "hanako@"):
        assert whole not in page


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("linked", "連携できました"),
        ("not_found", "ご登録の情報が見つかりませんでした。"),
        ("", "確認中です"),
        ("asking", "確認中です"),
        ("review", "確認中です"),
        ("unavailable", "確認中です"),
    ],
)
def test_the_verdict(phone: Phone, outcome: str, said: str) -> None:
    page, part = thanks(phone, outcome)
    assert said in page and said in part
    assert ("data-waits" in part) == (outcome in ("", "asking"))
    assert ("もう一度回答する" in part) == (outcome == "not_found")
    assert 'role="status"' in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": ""}, "ご登録の番号が見つかりませんでした。"),
        (
            {"email": "", "phone": "０９０ー１２３４ー１１１１"},
            "番号をご確認のうえ、もう一度お試しください。",
        ),
    ],
)
def test_a_form_with_a_number_only_speaks_of_the_number(
    phone: Phone, typed: dict[str, str], said: str
) -> None:
    assert said in thanks(phone, "not_found", **typed)[1]


@pytest.mark.parametrize(
    ("slip", "typed", "is_said"),
    [("phone", {}, True), ("email", {"email": ""}, False), ("", {}, False)],
)
def test_a_number_one_slip_away_is_hinted_at_without_being_shown(
    phone: Phone,
    monkeypatch: pytest.MonkeyPatch,
    slip: str,
    typed: dict[str, str],
    is_said: bool,
) -> None:
    carts = MembersExtension("cartsync", find_slip=lambda member: slip)
    hand_in(monkeypatch, members, carts)
    _page, part = thanks(phone, "not_found", **typed)
    assert ("よく似た電話番号のご登録があります。" in part) is is_said
    assert "よく似た" not in thanks(phone, "linked", **typed)[1]


def test_undecided_outcomes_read_the_same(phone: Phone) -> None:
    where = phone.answer(phone.ticket(), **GOOD)["Location"].replace(
        "/thanks/", "/result/"
    )
    texts = set()
    for outcome in ("review", "unavailable"):
        IdentityRecord.objects.update(outcome=outcome)
        texts.add(phone.client.get(where).content)
    assert len(texts) == 1


def test_without_a_cart_nothing_is_said_about_linking(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(monkeypatch, extensions, MessagingExtension("cartsync"))
    page, part = thanks(phone)
    assert "確認中です" not in page and "連携" not in part


def test_a_test_answer_has_no_verdict(phone: Phone) -> None:
    where = phone.answer(phone.ticket(test=phone.form.test_key), **GOOD)["Location"]
    page = phone.client.get(where).content.decode()
    assert "テスト回答です" in page and "確認中です" not in page


def test_after_half_an_hour_the_values_are_gone(phone: Phone) -> None:
    where = phone.answer(phone.ticket(), **GOOD)["Location"]
    Submission.objects.update(received_at=timezone.now() - timedelta(minutes=31))
    page = phone.client.get(where).content.decode()
    assert (
        "送信しました" in page
        and "090-****-1111" not in page
        and "確認中です" not in page
    )


def test_answering_again_after_a_wrong_number_unfolds_the_field(phone: Phone) -> None:
    thanks(phone, "not_found")
    body = phone.open().content.decode()
    assert (
        body.count('<details class="kept" open>') == 2
        and body.count('<details class="kept">') == 1
    )


def test_a_stranger_is_asked_to_become_a_friend_by_line_itself(phone: Phone) -> None:
    page, _part = thanks(phone)
    liff = Form.objects.get().account.liff_id
    assert f'data-befriend="{liff}"' in page
    assert "forms/friendship.js" in page and "友だち追加のお願い" in page
    Member.objects.update(line_state="friend")
    friends = phone.client.get(
        f"{phone.base}thanks/{Submission.objects.get().public_id}/"
    )
    assert "data-befriend" not in friends.content.decode()
    assert "friendship.js" not in friends.content.decode()
