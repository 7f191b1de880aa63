"""Health of a container: `python -m config.alive web|beat|metrics|receiver` ends with 0 while its process works."""

import smtplib
import sys
import time
import urllib.request
from urllib.parse import urlsplit

from config import env
from config.settings import SITE_URL, VAR

OLDEST_SECONDS = 60


def check_web() -> bool:
    # Sent with the public name: 127.0.0.1 is not in ALLOWED_HOSTS.
    request = urllib.request.Request(
        "http://127.0.0.1:8000/healthz", headers={"Host": urlsplit(SITE_URL).netloc}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return bool(answer.read() == b"ok")


def check_beat() -> bool:
    """Return whether beat still writes its schedule, as it does after each tick (beat_sync_every)."""
    written = [path.stat().st_mtime for path in VAR.glob("beat*")]
    return bool(written) and time.time() - max(written) < OLDEST_SECONDS


def check_metrics() -> bool:
    url = f"http://127.0.0.1:{env.read_number('METRICS_PORT', 9464)}/metrics"
    with urllib.request.urlopen(url, timeout=15) as answer:
        return b"tsunagi_up" in answer.read()


def check_receiver() -> bool:
    port = env.read_number("RECEIVER_PORT", 1026)
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
        return smtp.noop()[0] == 250


CHECKS = {
    "web": check_web,
    "beat": check_beat,
    "metrics": check_metrics,
    "receiver": check_receiver,
}

if __name__ == "__main__":
    sys.exit(not CHECKS[sys.argv[1]]())
