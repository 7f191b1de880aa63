"""A real IMAP server (pymap) in a process of its own, and a small POP3 server."""

import imaplib
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

USER, SECRET = "order@shop.example.jp", "mailbox-secret-4711"


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ImapServer:
    """pymap with one mailbox; ``put`` adds a mail as another client would."""

    def __init__(self, port: int) -> None:
        self.port = port

    def connect(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.login(USER, SECRET)
        return client

    def put(self, raw: bytes, at: float | None = None, folder: str = "INBOX") -> None:
        client = self.connect()
        stamp = imaplib.Time2Internaldate(at or time.time())
        assert client.append(folder, "", stamp, raw)[0] == "OK"
        client.logout()

    def read_flags(self) -> list[bytes]:
        client = self.connect()
        client.select("INBOX", readonly=True)
        found = client.fetch("1:*", "(FLAGS)")[1]
        client.logout()
        return [line for line in found if isinstance(line, bytes)]


@pytest.fixture
def imap() -> Iterator[ImapServer]:
    with start_imap("--no-tls") as server:
        yield server


@contextmanager
def start_imap(*options: str) -> Iterator[ImapServer]:
    """Run pymap with these options until the block ends."""
    port = find_free_port()
    command = [
        str(Path(sys.executable).parent / "pymap"),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        *options,
        "--no-service",
        "managesieve",
        "--no-service",
        "admin",
        "dict",
        "--demo-user",
        USER,
        "--demo-password",
        SECRET,
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        for _turn in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)
        yield ImapServer(port)
    finally:
        process.kill()  # asked to end, it waits for its clients, from Python 3.12 on
        process.wait(10)


class PopHandler(socketserver.StreamRequestHandler):
    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        mails: list[tuple[str, bytes]] = list(self.server.mails)  # type: ignore[attr-defined]
        self.say("+OK ready")
        for line in self.rfile:
            word, _space, rest = line.decode().strip().partition(" ")
            if word == "PASS" and rest != SECRET:
                self.say("-ERR no")
            elif word == "UIDL":
                self.say("+OK")
                for number, (name, _raw) in enumerate(mails, 1):
                    self.say(f"{number} {name}")
                self.say(".")
            elif word == "LIST":
                self.say("+OK")
                for number, (_name, raw) in enumerate(mails, 1):
                    self.say(f"{number} {len(raw)}")
                self.say(".")
            elif word == "RETR":
                self.say("+OK")
                raw = mails[int(rest) - 1][1]
                for part in raw.splitlines():
                    self.wfile.write(
                        (b"." if part[:1] == b"." else b"") + part + b"\r\n"
                    )
                self.say(".")
            else:
                self.say("+OK")
                if word == "QUIT":
                    return


class PopServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    mails: list[tuple[str, bytes]]

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@pytest.fixture
def pop3() -> Iterator[PopServer]:
    with PopServer(("127.0.0.1", 0), PopHandler) as server:
        server.mails = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
