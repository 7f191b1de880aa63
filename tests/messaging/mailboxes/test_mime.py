"""Mails as Japanese carts and malls write them."""

import base64
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.mailboxes.charsets import decode_text
from messaging.mailboxes.html_text import extract_text
from messaging.mailboxes.mime import decode_mail

# Letters that Python's own codecs lose, with the bytes that Outlook, Becky! and malls send for them.
ISO_2022_JP = [
    (b"\x1b$B-!\x1b(B", "①"),
    (b"\x1b$B-j\x1b(B", "㈱"),
    (b"\x1b$B|b\x1b(B", "髙"),
    (b"\x1b$Byu\x1b(B", "﨑"),
    (b"\x1b$B-5\x1b(B", "Ⅰ"),
    (b"\x1b$BCmJ8HV9f\x1b(B:A-1", "注文番号:A-1"),
    (b"\x1b$@CmJ8\x1b(J", "注文"),
    (b"\x1b(I1\x1b(B", "ｱ"),
    (b"\x1b$B!A\x1b(B", "～"),
    (b"\x1b$BCmJ8\r\nORDER", "注文\r\nORDER"),
]


@pytest.mark.parametrize(("data", "text"), ISO_2022_JP)
def test_iso_2022_jp_with_what_only_microsoft_has(data: bytes, text: str) -> None:
    assert decode_text(data, "ISO-2022-JP") == text


def test_every_letter_of_cp932_comes_back_from_its_jis_pair() -> None:
    """The oracle: cp932 itself, for each of the 94 × 94 pairs."""
    for row in range(0x21, 0x7F):
        for cell in range(0x21, 0x7F):
            first = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
            second = cell + (0x1F + cell // 96 if row % 2 else 0x7E)
            expected = bytes((first, second)).decode("cp932", "replace")
            given = b"\x1b$B" + bytes((row, cell)) + b"\x1b(B"
            assert decode_text(given, "iso-2022-jp") == decode_text(
                expected.encode(), "utf-8"
            )


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("①㈱髙島屋".encode("cp932"), "Shift_JIS", "①㈱髙島屋"),
        ("①㈱髙島屋".encode("cp932"), "windows-31j", "①㈱髙島屋"),
        ("①㈱髙島屋".encode(), "utf-8", "①㈱髙島屋"),
        ("①㈱髙島屋".encode(), None, "①㈱髙島屋"),
        ("注文".encode("cp932"), "us-ascii", "注文"),
        (b"\x1b$BCmJ8\x1b(B", None, "注文"),
        (b"\xad\xa1\xc3\xed\xca\xb8", "EUC-JP", "①注文"),
        ("注文".encode(), "no-such-charset", "注文"),
        ("〜−".encode(), "utf-8", "～－"),
        (b"A\0B", "utf-8", "AB"),
        (b"\\ud800A", "unicode_escape", "?A"),
        (b"+2AA-A", "utf-7", "?A"),
    ],
)
def test_other_charsets(data: bytes, charset: str | None, text: str) -> None:
    assert decode_text(data, charset) == text


def make(head: str, body: bytes) -> bytes:
    return head.replace("\n", "\r\n").encode() + b"\r\n" + body


def test_a_folded_subject_of_several_encoded_words() -> None:
    words = [
        base64.b64encode(part).decode()
        for part in (b"\x1b$BCmJ8\x1b(B", b"\x1b$BHV9f\x1b(B")
    ]
    raw = make(
        f"Subject: =?ISO-2022-JP?B?{words[0]}?=\n =?ISO-2022-JP?B?{words[1]}?=\n", b"x"
    )
    assert decode_mail(raw).subject == "注文番号"


def test_a_letter_cut_in_two_encoded_words() -> None:
    data = "注文".encode()
    words = [base64.b64encode(part).decode() for part in (data[:4], data[4:])]
    raw = make(f"Subject: =?UTF-8?B?{words[0]}?=\n =?UTF-8?B?{words[1]}?=\n", b"x")
    assert decode_mail(raw).subject == "注文"


def test_a_subject_in_raw_bytes() -> None:
    raw = b"Subject: " + "ご注文①".encode("cp932") + b"\r\n\r\nx"
    assert decode_mail(raw).subject == "ご注文①"


def test_sender_and_name() -> None:
    name = Header("㈱さくら", "utf-8").encode()
    mail = decode_mail(make(f"From: {name} <Order@Shop.Example.JP>\nTo: a@b.jp\n", b""))
    assert (mail.sender, mail.sender_name, mail.to) == (
        "order@shop.example.jp",
        "㈱さくら",
        "a@b.jp",
    )


def test_quoted_printable_shift_jis() -> None:
    head = "Content-Type: text/plain; charset=Shift_JIS\nContent-Transfer-Encoding: quoted-printable\n"
    data = "".join(f"={byte:02X}" for byte in "①様".encode("cp932")) + "=\r\n"
    assert decode_mail(make(head, data.encode())).text == "①様"


def test_a_mail_of_html_alone() -> None:
    mail = EmailMessage()
    mail.set_content(
        "<head><title>x</title></head><p>注文番号：A-1</p><table><tr><td>商品</td><td>石けん</td></tr></table>",
        subtype="html",
    )
    assert decode_mail(bytes(mail)).text == "注文番号：A-1\n商品 石けん"


def test_plain_stands_before_html_and_attachments_are_left_out() -> None:
    mail = EmailMessage()
    mail.set_content("本文")
    mail.add_alternative("<p>別の本文</p>", subtype="html")
    mail.add_attachment("添付", filename="a.txt")
    assert decode_mail(bytes(mail)).text == "本文"


def test_html_with_scripts_and_without_end() -> None:
    assert (
        extract_text("<div>あ<script>alert(1)</script>い<br>う<td>え") == "あい\nう え"
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("あ<!-- い -->う<!DOCTYPE x><?y?>え", "あうえ"),
        ('<a title="1 > 2" href=x>あ</a><b>い</b>', "あい"),
        ("<TITLE>件名</TITLE><Style>p > a</sTyle ><p>あ&amp;い&nbsp;う", "あ&い う"),
        ("3 < 5 <p>あ", "3 < 5\nあ"),
        ("<head><meta charset=utf-8><body>あ", "あ"),
        ("あ<p い", "あ"),
    ],
)
def test_html_is_read_as_a_browser_reads_it(html: str, text: str) -> None:
    assert extract_text(html) == text


@pytest.mark.parametrize(
    "piece", ["<a ", "<!", "<!--", "</", "&#", '<a b="', "<script>"]
)
def test_html_that_never_ends_is_passed_over_once(piece: str) -> None:
    """Looked through again for each piece, it would take hours."""
    assert extract_text("あ" + piece * 300_000).startswith("あ")


def test_a_mail_nested_too_deeply_keeps_its_head() -> None:
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(600)
    )
    for inner in (parts, b"Content-Type: message/rfc822\r\n\r\n" * 1500):
        mail = decode_mail(
            make("From: shop@example.jp\nSubject: =?UTF-8?B?5rOo5paH?=\n", b"")[:-2]
            + inner
        )
        assert (mail.sender, mail.subject, mail.text) == ("shop@example.jp", "注文", "")


PIECES = [
    b"\r\n", b"From: ", b"Subject: ", b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n", b"--b--\r\n",
    b"Content-Type: text/html; charset=iso-2022-jp\r\n", b"Content-Transfer-Encoding: base64\r\n", b"\x1b$B", b"(",
    b"=?UTF-8?B?5rO", b"?=", b"<", b"Content-Type: message/rfc822\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Content-Type: message/delivery-status\r\n", b"Return-Path: <>\r\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=30))
def test_no_bytes_break_it(parts: list[bytes]) -> None:
    mail = decode_mail(b"".join(parts))
    assert "\0" not in mail.text + mail.subject + mail.sender + mail.message_id


HEAD = "Message-ID: <1@x>\nFrom: a@b.jp\nSubject: s\nDate: Mon, 30 Nov 2026 10:00:00 +0900\n"


def test_the_same_mail_by_two_ways_is_the_same() -> None:
    one = decode_mail(
        make(
            f"Received: from x by y; Mon, 30 Nov 2026 10:00:05 +0900\n{HEAD}",
            b"body\r\n",
        )
    )
    two = decode_mail(
        make(
            f"Delivered-To: z@z.jp\nReceived: from p by q; Mon, 30 Nov 2026 10:01:00 +0900\n{HEAD}",
            b"body",
        )
    )
    other = decode_mail(make(HEAD, b"another body"))
    assert one.digest == two.digest != other.digest


def test_the_topmost_received_is_the_time_of_receipt() -> None:
    head = (
        "Received: from x by y; Mon, 30 Nov 2026 12:00:05 +0900\n"
        "Received: from p by q; Mon, 30 Nov 2026 11:00:00 +0900\n"
    )
    at = datetime(2026, 11, 30, 3, 0, 5, tzinfo=UTC)
    assert decode_mail(make(head, b"")).received_at == at
    assert decode_mail(make("From: a@b.jp\n", b"")).received_at is None


@pytest.mark.parametrize(
    ("result", "forged"),
    [
        ("mx.example; spf=pass; dkim=pass; dmarc=pass", False),
        ("mx.example; spf=fail smtp.mailfrom=a@b.jp; dkim=pass", False),
        ("mx.example; spf=fail; dkim=none", True),
        ("mx.example; spf=pass; dkim=pass; dmarc=fail", True),
        ("mx.example; spf=none", False),
    ],
)
def test_what_the_receiving_server_says_of_the_sender(
    result: str, forged: bool
) -> None:
    below = "Authentication-Results: attacker; dmarc=pass\n"
    raw = make(f"Authentication-Results: {result}\n{below}From: a@b.jp\n", b"")
    assert decode_mail(raw).is_forged is forged


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"\xff\xfe",
        b"Subject: =?UTF-8?B?!!!?=\r\n\r\n",
        b"Content-Type: multipart/mixed\r\n\r\nx",
    ],
)
def test_nothing_breaks_it(raw: bytes) -> None:
    assert len(decode_mail(raw).digest) == 64
