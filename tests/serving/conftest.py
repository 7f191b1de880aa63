"""The product's own web server over the test's database: gunicorn with one process of four threads."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

HOST = "127.0.0.1"


@dataclass
class Web:
    port: int
    process: "subprocess.Popen[bytes]"
    url: str

    def workers(self) -> list[int]:
        """The processes that serve: children of the one we started."""
        pid = self.process.pid
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(word) for word in text.split()]


def free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def web(transactional_db: None, tmp_path: Path) -> Iterator[Web]:
    yield from serve(tmp_path, workers=1)


def serve(folder: Path, workers: int, **environment: str) -> Iterator[Web]:
    there, port = connection.settings_dict, free_port()
    given = {
        **os.environ,
        "TSUNAGI_ENV": "development",
        "ENGINES_HELD": "1",
        "DATABASE_URL": f"postgresql://{settings.APP_ROLE}@/{there['NAME']}?host={there['HOST']}",
        "REDIS_URL": settings.REDIS_URL,
        "SITE_URL": f"http://{HOST}:{port}",
        "PYTHONWARNINGS": "ignore",
        **environment,
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "config.wsgi",
        "-c",
        "python:config.serving",
        "--workers",
        str(workers),
        "--threads",
        "4",
        "--bind",
        f"{HOST}:{port}",
        "--log-level",
        "warning",
    ]
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=given,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until_up(port, process, folder / "web.log")
        yield Web(port, process, f"http://{HOST}:{port}")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_up(
    port: int, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 60
) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=9).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
