"""`make run`: everything on one machine. On Ctrl-C, or when one of them dies, every process it started ends.

With ``--prepare`` it ends as soon as the demo shop exists.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from config import env
from config.settings import BASE_DIR, VAR
from scripts.progress import show_step

WEB, LINE, CART, SMTP, MAIL_IN, DNS = (
    env.read_number(name, port)
    for name, port in (
        ("PORT", 8000),
        ("LINE_PORT", 8011),
        ("CART_PORT", 8012),
        ("SMTP_PORT", 1025),
        ("RECEIVER_PORT", 1026),
        ("DNS_PORT", 1053),
    )
)
HOST = "127.0.0.1"
ENVIRONMENT = {
    "TSUNAGI_ENV": "development",
    "ENGINES_HELD": "1",
    "SITE_URL": f"http://{HOST}:{WEB}",
    "LINE_API_URL": f"http://{HOST}:{LINE}",
    "LIFF_URL": f"http://{HOST}:{LINE}/liff",
    "LIFF_SDK_URL": f"http://{HOST}:{LINE}/liff/sdk.js",
    "DEMO_CART_URL": f"http://{HOST}:{CART}",
    "EMAIL_PORT": str(SMTP),
    "RECEIVER_PORT": str(MAIL_IN),
    "DNS_SERVER": f"{HOST}:{DNS}",
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "ignore",
}
SERVERS = {
    "web": "gunicorn config.wsgi -c python:config.serving --workers 2 --threads 4 --log-level warning"
    " --bind {host}:{web}",
    "worker": "celery -A config -q worker -Q celery,dispatch -c 4 -l warning --without-gossip --without-mingle",
    # Long work has a worker of its own: what is due within seconds must never wait behind it.
    "jobs": "celery -A config -q worker -Q jobs -c 1 -l warning --without-gossip --without-mingle",
    # Cancellations by browser; without a Chromium it says what to install, and such requests wait.
    "browser": "celery -A config -q worker -Q browser -c 1 -l warning --without-gossip --without-mingle",
    # Mail to the shops' own addresses; the demo cart writes to the demo shop's.
    "receiver": "config.receiver",
    "beat": "celery -A config -q beat -l warning",
}
SANDBOX = (
    "sandbox --var {var} --line-port {line} --cart-port {cart} --smtp-port {smtp}"
    " --dns-port {dns}"
)


def build_command(line: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        *line.format(
            host=HOST, web=WEB, line=LINE, cart=CART, smtp=SMTP, dns=DNS, var=VAR
        ).split(),
    ]


def start_process(name: str, line: str) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C reaches only us and we end the whole group.

    Its output goes to a log file; its errors are shown.
    """
    logs = VAR / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{name}.log").open("ab") as log:
        environment = {**os.environ, **ENVIRONMENT}
        return subprocess.Popen(
            build_command(line),
            env=environment,
            cwd=BASE_DIR,
            stdout=log,
            start_new_session=True,
        )


def run_command(line: str, tell: Callable[[str], None], **extra: str) -> None:
    """Run a command to its end; each line it prints tells how far it is. Its errors are shown."""
    with subprocess.Popen(
        build_command(line),
        env={**os.environ, **ENVIRONMENT, **extra},
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for said in process.stdout or ():
            tell(said.strip())
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)


def refuse_busy_ports() -> None:
    for name, port in (
        ("PORT", WEB),
        ("LINE_PORT", LINE),
        ("CART_PORT", CART),
        ("SMTP_PORT", SMTP),
        ("RECEIVER_PORT", MAIL_IN),
        ("DNS_PORT", DNS),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                raise SystemExit(
                    f"Port {port} is in use. Stop what uses it, or choose another: {name}={port + 100} make run"
                ) from None


def wait_for(url: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"{url} does not answer; see the messages above."
                ) from None
            time.sleep(0.1)
        else:
            return


@contextmanager
def end_together(running: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    try:
        yield
    finally:
        # Only the leaders get the signal: a worker whose children get it too takes it for a crash.
        for process in running:
            process.terminate()
        deadline = time.monotonic() + 15
        while (
            any(process.poll() is None for process in running)
            and time.monotonic() < deadline
        ):
            time.sleep(0.05)
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def handle_stop_signal(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> None:
    from config.engines.hold import hold_engines

    # For all that is started here: what lies below var/ is nobody else's.
    os.umask(0o077)
    signal.signal(signal.SIGTERM, handle_stop_signal)
    # A shell script starts its background processes so that they ignore Ctrl-C; undo that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    refuse_busy_ports()
    with show_step("PostgreSQL and Valkey") as tell:
        hold_engines()
        tell("running")
    running: list[subprocess.Popen[bytes]] = []
    with end_together(running):
        with show_step("LINE and cart simulators") as tell:
            running.append(start_process("sandbox", SANDBOX))
            run_command("scripts.messages --compile", tell)
            wait_for(f"http://{HOST}:{LINE}/phone/")
            tell("running")
        with show_step("Tables") as tell:
            tell("up to date")
            run_command("config.layout", tell, DATABASE_ROLE="owner")
        with show_step("Demo shop") as tell:
            run_command("config.demo", tell)
        if "--prepare" in sys.argv:
            return
        with show_step("Console and workers") as tell:
            running += [start_process(name, line) for name, line in SERVERS.items()]
            wait_for(f"http://{HOST}:{WEB}/healthz")
            tell("running")
        print(GREETING.format(host=HOST, web=WEB, line=LINE, cart=CART), flush=True)
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
        raise SystemExit(
            "One of the processes ended; stopping the others. Its last words are above."
        )


GREETING = """
  Tsunagi is running.

    Console      http://{host}:{web}/           login: demo / tsunagi-demo-2026
    Phone        http://{host}:{line}/phone/     a friend's LINE, simulated
    Mail         http://{host}:{line}/mail/      what the console sent
    Demo cart    http://{host}:{cart}/           the cart's admin site (the robot's: /office/, a mall: /mall/)

  Ctrl-C stops everything; `make reset` forgets the data.
"""

if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print()
    except subprocess.CalledProcessError as error:
        # What it could not do it has said itself.
        sys.exit(error.returncode)
