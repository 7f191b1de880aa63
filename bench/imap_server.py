"""A real IMAP server (pymap) in a process of its own, whose mails are gone when it ends."""

import imaplib
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

USER, SECRET = "order@shop.example.jp", "mailbox-secret"


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ImapServer:
    """One mailbox, on a port that stays its own over ``stop`` and ``start``."""

    def __init__(self) -> None:
        self.port = find_free_port()
        self.start()

    def start(self) -> None:
        """Start it anew: with no mail, and other UIDs than before."""
        command = [
            str(Path(sys.executable).parent / "pymap"), "--host", "127.0.0.1", "--port", str(self.port), "--no-tls",
            "--no-service", "managesieve", "--no-service", "admin", "dict",
            "--demo-user", USER, "--demo-password", SECRET,
        ]  # fmt: skip
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
        for _turn in range(400):
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), 1),
            ):
                return
            time.sleep(0.05)
        raise RuntimeError("pymap does not answer")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def put(self, *mails: bytes) -> None:
        """Add the mails as another server would."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        client.login(USER, SECRET)
        for raw in mails:
            stamp = imaplib.Time2Internaldate(time.time())
            if client.append("INBOX", "", stamp, raw)[0] != "OK":
                raise RuntimeError("pymap takes no mail")
        client.logout()
