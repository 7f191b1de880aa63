from pathlib import Path

from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend

from sandbox.mail import read_caught_mails
from sandbox.serving import Sandbox
from tests.sandbox.conftest import fetch


def send(folder: Path, subject: str, text: str) -> None:
    message = EmailMessage(subject, text, "no-reply@example.jp", ["hanako@example.jp"])
    EmailBackend(file_path=str(folder)).send_messages([message])


def test_what_the_console_sent_can_be_read(tmp_path: Path) -> None:
    send(
        tmp_path / "mail",
        "パスワードの再発行",
        "次のリンクを開いてください。\nhttp://127.0.0.1:8000/password/reset/",
    )
    (mail,) = read_caught_mails(tmp_path / "mail")
    assert (mail.subject, mail.to, mail.sender) == (
        "パスワードの再発行",
        "hanako@example.jp",
        "no-reply@example.jp",
    )
    with Sandbox(var=tmp_path, size=1) as sandbox:
        answer = fetch(f"{sandbox.line_url}/mail/")
    assert answer.status == 200
    assert 'href="http://127.0.0.1:8000/password/reset/"' in str(answer.body)


def test_no_mail_yet(tmp_path: Path) -> None:
    assert read_caught_mails(tmp_path / "mail") == []
