"""Delivery reports as servers write them."""

import uuid
from email import message_from_string
from typing import Any

import pytest

from messaging.bounces.report import classify_failure, read_report

KEY = str(uuid.UUID(int=0x0193_0000_0000_7000_8000_0000_0000_0001))
ORIGINAL = f"Message-ID: <{KEY}@sakura.example.jp>\nSubject: x\nTo: a@example.jp\n"


def build_dsn(
    fields: str, original: str = ORIGINAL, kind: str = "message/rfc822"
) -> str:
    """A report as Postfix writes it."""
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.jp\nSubject: Undelivered Mail Returned to Sender\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\nMIME-Version: 1.0\n\n"
        "--b\nContent-Type: text/plain\n\nThis is the mail system.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.jp\n\n"
        f"{fields}\n"
        f"--b\nContent-Type: {kind}\n\n{original}\nbody\n--b--\n"
    )


def read(text: str) -> Any:
    return read_report(message_from_string(text))


FAILED = (
    "Final-Recipient: rfc822; a@example.jp\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1\n <a@example.jp> User unknown\n"
)


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_of_rfc_3464(kind: str) -> None:
    assert read(build_dsn(FAILED, kind=kind)) == {
        "keys": [KEY],
        "action": "failed",
        "status": "5.1.1",
        "said": "550 5.1.1 <a@example.jp> User unknown",
    }


def test_a_nul_in_the_words_does_not_stop_the_mailbox() -> None:
    """PostgreSQL refuses it, and the reading would fail at this mail for ever."""
    fields = FAILED.replace("User unknown", "User\0unknown")
    assert read(build_dsn(fields))["said"] == "550 5.1.1 <a@example.jp> User unknown"


def test_a_delay_is_no_failure() -> None:
    fields = FAILED.replace("failed", "delayed").replace("5.1.1", "4.4.1")
    assert read(build_dsn(fields))["action"] == "delayed"


def test_delivered_is_no_report_of_ours() -> None:
    assert read(build_dsn(FAILED.replace("failed", "delivered"))) is None


def test_a_report_about_another_mail_names_no_key() -> None:
    original = "Message-ID: <123@elsewhere.example>\nSubject: x\n"
    assert read(build_dsn(FAILED, original))["keys"] == []


def test_a_report_in_a_server_s_own_words() -> None:
    text = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@qmail.example\nSubject: failure notice\n\n"
        "Hi. This is the qmail-send program at qmail.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<a@example.jp>:\n192.0.2.1 does not like recipient.\n"
        "Remote host said: 550 5.1.1 No such user\nGiving up on 192.0.2.1.\n\n"
        f"--- Below this line is a copy of the message.\n\n{ORIGINAL}\nbody\n"
    )
    assert read(text) == {
        "keys": [KEY],
        "action": "failed",
        "status": "5.1.1",
        "said": "Remote host said: 550 5.1.1 No such user",
    }


@pytest.mark.parametrize(
    "head",
    [
        "From: order@rakuten.example\n",
        "From: a@example.jp\nAuto-Submitted: auto-replied\n",
    ],
)
def test_an_order_and_an_answer_of_who_is_away_are_no_reports(head: str) -> None:
    text = f"{head}In-Reply-To: <{KEY}@sakura.example.jp>\nSubject: x\n\n550 5.1.1 User unknown\n"
    assert read(text) is None


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        ("5.1.1", "", "hard"),
        ("5.1.2", "", "hard"),
        ("5.1.10", "", "hard"),
        ("", "550 5.1.1 No such user", "hard"),
        ("5.0.0", "550 Unknown user a@docomo.ne.jp", "hard"),
        ("", "550 a@example.jp... User unknown", "hard"),
        ("5.1.8", "bad sender", "policy"),
        ("5.7.1", "550 5.7.1 user unknown to the policy", "policy"),
        ("5.2.3", "too big", "policy"),
        ("5.2.2", "mailbox full", "soft"),
        ("5.4.7", "expired", "soft"),
        ("4.2.2", "550 user unknown", "soft"),
        ("", "550 no thanks", "soft"),
        ("", "554 no thanks, 5.1.2.3 is on a list; ask 192.5.1.1", "soft"),
        ("", "550 5.1.1.", "hard"),
    ],
)
def test_how_bad_it_is(status: str, said: str, kind: str) -> None:
    assert classify_failure(status, said) == kind
