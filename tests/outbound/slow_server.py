"""A server that says its answer one byte a second, or says nothing: what a shop's cart may be on a bad day."""

import contextlib
import itertools
import socket
import threading
from types import TracebackType
from typing import Self

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"


class SlowServer:
    """``at_once`` of the answer is sent immediately, the rest in drips, for ever."""

    def __init__(self, at_once: bytes = HEAD, every: float = 1.0) -> None:
        self.at_once, self.every = at_once, every
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.calls = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.closing.set()
        self.listener.close()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self.listener.accept()
                self.calls += 1
                threading.Thread(target=self.drip, args=[line], daemon=True).start()

    def drip(self, line: socket.socket) -> None:
        with line, contextlib.suppress(OSError):
            line.recv(65536)
            line.sendall(self.at_once)
            rest = HEAD[len(self.at_once) :] if HEAD.startswith(self.at_once) else b""
            for byte in itertools.chain(rest, itertools.repeat(ord(" "))):
                if self.closing.wait(self.every):
                    break
                line.sendall(bytes([byte]))
