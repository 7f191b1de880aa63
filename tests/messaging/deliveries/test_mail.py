"""Mail against a real SMTP server that errs: what is final, what is tried again, and what nobody may repeat."""

import secrets
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from members.models import Member
from messaging.models import Call, Delivery, Sender
from sandbox.mailcatcher import MailFaults
from tests.messaging.conftest import Shop, make_mail_account


def people(shop: Shop, count: int, **values: Any) -> list[Member]:
    with shop.open():
        return [
            Member.objects.create(
                name=f"会員{n}", email=f"{secrets.token_hex(4)}@example.jp", **values
            )
            for n in range(count)
        ]


def reasons(shop: Shop) -> dict[str, int]:
    return shop.states()


def test_each_gets_one_mail_with_their_own_name(shop: Shop) -> None:
    members = people(shop, 3)
    sender = shop.mail(*members)
    assert shop.dispatch(via=sender) is None
    caught = {mail.to: mail for mail in shop.line.mail.mails}
    assert {to: mail.subject for to, mail in caught.items()} == {
        member.email: f"{member.name}様へ" for member in members
    }
    first = caught[members[0].email]
    assert first.sender == "さくら商店 <shop@sakura.example.jp>"
    assert first.text.strip() == "本文です。"
    assert "<body><p>本文です。</p></body>" in first.html
    with shop.open():
        keys = {f"<{call.key}@sakura.example.jp>" for call in Call.objects.all()}
    assert set(shop.line.mail.taken) == keys
    assert shop.states() == {"2": 3}


def test_who_cannot_get_mail_is_skipped_with_the_reason(shop: Shop) -> None:
    from django.utils import timezone

    (out,) = people(shop, 1, mail_optout_at=timezone.now())
    (gone,) = people(shop, 1, deleted_at=timezone.now())
    (there, blank) = people(shop, 2)
    with shop.open():
        Member.objects.filter(pk=blank.pk).update(email="")
        blank.refresh_from_db()
    sender = shop.mail(out, gone, there, blank)
    shop.dispatch(via=sender)
    assert shop.states() == {
        "3 mail_opted_out": 1,
        "3 deleted": 1,
        "3 no_email": 1,
        "2": 1,
    }
    assert list(shop.line.mail.to) == [there.email]


@pytest.mark.parametrize("fault", ["later_421", "later_450"])
def test_not_now_is_tried_again_under_the_same_message_id(
    shop: Shop, fault: str
) -> None:
    sender = shop.mail(*people(shop, 4), is_ad=True)
    shop.line.mail.faults = MailFaults(**{fault: 1.0})
    shop.dispatch(via=sender)
    assert shop.states() == {"1 later": 4}
    with shop.open():
        keys = set(Call.objects.values_list("key", "doubts"))
    shop.line.mail.faults = MailFaults()
    shop.shift(60)
    shop.dispatch(via=sender)
    assert (shop.states(), set(shop.line.mail.taken.values())) == ({"2": 4}, {1})
    assert set(shop.line.mail.taken) == {
        f"<{key}@sakura.example.jp>" for key, _doubts in keys
    }
    assert {doubts for _key, doubts in keys} == {0}


def test_not_now_for_three_days_has_failed(shop: Shop) -> None:
    sender = shop.mail(*people(shop, 1))
    shop.line.mail.faults = MailFaults(later_450=1.0)
    shop.dispatch(via=sender)
    shop.shift(3 * 86_400 + 60, "due_at", "first_tried_at")
    shop.dispatch(via=sender)
    assert shop.states() == {"4 gave_up": 1}


def test_a_550_is_the_last_word(shop: Shop) -> None:
    sender = shop.mail(*people(shop, 2))
    shop.line.mail.faults = MailFaults(refuse_550=1.0)
    assert shop.dispatch(via=sender) is None
    assert shop.states() == {"4 refused": 2}
    with shop.open():
        delivery = Delivery.objects.logged().first()
        assert delivery.why == (
            "相手のメールサーバーが受け付けませんでした。メールサーバーの返答：550 5.1.1 No such user"
        )


def test_advertising_that_may_have_arrived_is_never_repeated(shop: Shop) -> None:
    sender = shop.mail(*people(shop, 5), is_ad=True)
    shop.line.mail.faults = MailFaults(drop_after=1.0)
    shop.dispatch(via=sender)
    assert shop.states() == {"6 unsure": 5}
    shop.line.mail.faults = MailFaults()
    shop.shift(3600)
    shop.dispatch(via=sender)
    assert set(shop.line.mail.taken.values()) == {1}
    assert shop.states() == {"6 unsure": 5}


def test_other_mail_that_may_have_arrived_goes_once_more(shop: Shop) -> None:
    sender = shop.mail(*people(shop, 3))
    shop.line.mail.faults = MailFaults(drop_before=1.0)
    shop.dispatch(via=sender)
    assert (shop.states(), dict(shop.line.mail.taken)) == ({"1 retry": 3}, {})
    shop.shift(600)
    shop.dispatch(via=sender)
    assert shop.states() == {"6 unsure": 3}
    assert shop.line.mail.answers == {"drop_before": 6}


def test_refused_after_it_may_have_arrived_is_not_called_failed(shop: Shop) -> None:
    sender = shop.mail(*people(shop, 2))
    shop.line.mail.faults = MailFaults(drop_after=1.0)
    shop.dispatch(via=sender)
    shop.line.mail.faults = MailFaults(refuse_550=1.0)
    shop.shift(600)
    shop.dispatch(via=sender)
    assert shop.states() == {"6 unsure": 2}
    assert set(shop.line.mail.taken.values()) == {1}


def test_a_wrong_password_stops_the_account_and_fails_nobody(shop: Shop) -> None:
    members = people(shop, 2)
    sender = shop.mail(*members)
    shop.line.mail.logins["shop"] = "right"
    with shop.open():
        account = sender.mail
        account.username, account.password = "shop", "wrong"
        account.save()
    assert shop.dispatch(via=sender) is None
    with shop.open():
        assert Sender.objects.get(pk=sender.pk).paused_reason == "auth"
    assert set(shop.states()) <= {"0 auth", "0"}
    assert sum(shop.states().values()) == 2


def test_a_server_that_is_away_loses_nothing(shop: Shop) -> None:
    sender = shop.mail(*people(shop, 2))
    with shop.open():
        type(sender.mail).objects.filter(sender=sender).update(port=9)
    again = shop.dispatch(via=sender)
    assert again is not None
    assert shop.states() == {"0 unreached": 2}
    with shop.open():
        assert Call.objects.count() == 0
        type(sender.mail).objects.filter(sender=sender).update(port=shop.line.smtp_port)
    shop.shift(600)
    shop.dispatch(via=sender)
    assert shop.states() == {"2": 2}


def test_a_private_server_is_not_talked_to_in_production(
    shop: Shop, settings: Any
) -> None:
    sender = shop.mail(*people(shop, 1))
    settings.MAIL_PRIVATE_HOSTS = False
    shop.dispatch(via=sender)
    assert (dict(shop.line.mail.taken), "2" in shop.states()) == ({}, False)
    with shop.open():
        account = make_mail_account(shop.line, port=587)
        assert account.sender.kind == "mail"


@pytest.mark.parametrize("wrong", ["a@", "<", '"', "a@["])
def test_an_address_that_cannot_be_written_holds_up_nobody(
    shop: Shop, wrong: str
) -> None:
    odd, *others = people(shop, 3)
    with shop.open():
        Member.objects.filter(pk=odd.pk).update(email=wrong)
    assert shop.dispatch(via=shop.mail(odd, *others)) is None
    assert shop.states() == {"4 bad_address": 1, "2": 2}
    assert set(shop.line.mail.to) == {member.email for member in others}


@contextmanager
def serve_answer(answer: bytes) -> Iterator[int]:
    """Serve SMTP that answers every mail so; give its port."""

    class Server(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 x\r\n")
            for line in self.rfile:
                is_data = line[:4].upper() == b"DATA"
                self.wfile.write(b"354 go on\r\n" if is_data else b"250 x\r\n")
                if is_data:
                    while self.rfile.readline() not in (b".\r\n", b""):
                        pass
                    self.wfile.write(answer + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Server) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(("code", "state"), [("250", "2"), ("550", "4 refused")])
def test_an_answer_in_shift_jis_ends_the_call(
    shop: Shop, code: str, state: str
) -> None:
    """Else its outcome could not be stored, and the mail went out again."""
    sender = shop.mail(*people(shop, 1))
    with serve_answer(f"{code} 返答".encode("cp932")) as port:
        with shop.open():
            type(sender.mail).objects.filter(sender=sender).update(port=port)
        shop.dispatch(via=sender)
    assert shop.states() == {state: 1}
    with shop.open():
        call = Call.objects.get()
        assert (call.request_id or call.error).removeprefix("550 ") == "返答"
