"""The engines outlive whoever started them, and leave with the last who needs them."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from django.conf import settings

from config import embedded

HOLD = """
import sys, time
from pathlib import Path
from config.embedded import Engines
engines = Engines(Path(sys.argv[1]))
engines.hold()
print("held", flush=True)
sys.stdin.readline()
"""


def holder(var: Path) -> "subprocess.Popen[str]":
    # What is thrown away with its tests would not survive its servers.
    environment = {
        name: value for name, value in os.environ.items() if name != "TSUNAGI_THROWAWAY"
    }
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(var)], env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR,
    )  # fmt: skip
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def leave(process: "subprocess.Popen[str]") -> None:
    process.communicate("\n", timeout=30)


def servers(var: Path) -> int:
    """How many server processes work under this folder (a postmaster and a Valkey make two)."""
    found = {
        pid
        for pid, command in processes(var)
        if "postgres -D" in command or "valkey-server" in command
    }
    # A process that a server has just forked bears its name for a moment.
    return sum(parent(pid) not in found for pid in found)


def parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def processes(var: Path) -> list[tuple[int, str]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (
                (folder / "cmdline")
                .read_bytes()
                .replace(b"\0", b" ")
                .decode(errors="replace")
            )
            if str(var) in command:
                found.append((int(folder.name), command))
    return found


@pytest.fixture
def var() -> Path:
    return Path(tempfile.mkdtemp(prefix="eng"))


@pytest.mark.timeout(90)
def test_the_last_one_out_stops_both(var: Path) -> None:
    first = holder(var)
    second = holder(var)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert servers(var) == 2
    third = holder(var)
    leave(second)
    assert servers(var) == 2
    leave(third)
    assert servers(var) == 0


@pytest.mark.timeout(90)
def test_killed_servers_are_started_again_with_the_data(var: Path) -> None:
    import psycopg

    from config.embedded import OWNER, Engines

    engines = Engines(var)
    first = holder(var)
    with psycopg.connect(engines.database_url(OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    for pid, command in processes(var):
        if "postgres -D" in command or "valkey-server" in command:
            os.kill(pid, signal.SIGKILL)
    time.sleep(0.3)
    second = holder(var)
    with psycopg.connect(engines.database_url(OWNER)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
    leave(second)
    leave(first)
    assert servers(var) == 0


def test_pages_get_a_quarter_of_the_memory_and_tests_a_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TSUNAGI_THROWAWAY", raising=False)
    sizes = {24 << 30: "6144MB", 2 << 30: "512MB", 512 << 20: "256MB"}
    for memory, size in sizes.items():
        monkeypatch.setattr(embedded, "measure_memory", lambda memory=memory: memory)
        assert embedded.build_start_options() == f"-c shared_buffers={size}"
    monkeypatch.setenv("TSUNAGI_THROWAWAY", "1")
    assert (
        embedded.build_start_options() == f"-c shared_buffers=256MB {embedded.UNSYNCED}"
    )
