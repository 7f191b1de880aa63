"""The stacks that the browser looks at: one is made ready for a run of tests, and each process serves a copy of it.

`python -m tests.browser.stack RUN` makes it ready for the run of that name before its tests ask for it.
"""

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from config.settings import BASE_DIR, VAR


@dataclass(frozen=True)
class Stack:
    web: str
    line: str
    cart: str
    shop: str = "demo"
    login: str = "demo"
    password: str = "tsunagi-demo-2026"
    # The owner of another shop, with the same password.
    neighbour: str = "neighbour"

    def console(self, path: str = "") -> str:
        return f"{self.web}/t/{self.shop}/{path}"


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def make_run(var: Path, *arguments: str) -> tuple[subprocess.Popen[str], list[str]]:
    """`make run` below ``var``, and the addresses it serves at."""
    names = ("PORT", "LINE_PORT", "CART_PORT", "SMTP_PORT", "RECEIVER_PORT", "DNS_PORT")
    ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    unset = {"DATABASE_URL", "REDIS_URL", "ENGINES_HELD", "DATABASE_ROLE"}
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    environment |= ports | {
        "TSUNAGI_VAR": str(var),
        "DEMO_MEMBERS": "240",
        "WAKEUP_TICK_SECONDS": "1",
        "TSUNAGI_THROWAWAY": "1",
        # Who has shown once who they are is not asked in the middle of a test about something else.
        "CONFIRM_MINUTES": "600",
    }
    command = [sys.executable, "-m", "config.run", *arguments]
    process = subprocess.Popen(
        command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    )
    pages = [ports[name] for name in names[:3]]
    return process, [f"http://127.0.0.1:{port}" for port in pages]


def prepared(run: str) -> Path:
    """Engines and demo shop that all stacks of this run are copies of: who asks first makes them, the others wait."""
    var = VAR / "browser-stack"
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "browser-stack.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if lock.read() != run:
            shutil.rmtree(var, ignore_errors=True)
            process, _addresses = make_run(var, "--prepare")
            said, _ = process.communicate()
            assert process.returncode == 0, said
            lock.truncate(0)
            lock.write(run)
    return var


def processes_of(var: Path) -> list[str]:
    """The command lines of this machine's processes that were started with this TSUNAGI_VAR."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (
                f"TSUNAGI_VAR={var}\0".encode()
                in (folder / "environ").read_bytes() + b"\0"
            ):
                found.append(
                    (folder / "cmdline")
                    .read_bytes()
                    .replace(b"\0", b" ")
                    .decode(errors="replace")
                )
    return [command for command in found if command]


if __name__ == "__main__":
    prepared(sys.argv[1])
