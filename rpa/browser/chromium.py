"""Which Chromium is started, and with which walls around it."""

import os
import shutil
from urllib.parse import urlsplit

from django.conf import settings

from outbound.http import resolve_public_address

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
ADVICE = (
    "The browser worker finds no Chromium, or nothing to drive it; requests that are done by browser wait."
    " `python3 -m scripts.install browser`, and Debian: `apt-get install chromium-headless-shell`; elsewhere:"
    " `.venv/bin/python -m playwright install --with-deps --only-shell chromium` and CHROMIUM=/path/of/it."
)


def find_chromium() -> str | None:
    """Return the path of the Chromium to start; None where there is none, or no Playwright to drive it."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return None
    for name in (settings.CHROMIUM, *NAMES):
        if name and (path := shutil.which(name)):
            return path
    return None


def build_flags(url: str) -> list[str]:
    """Return the flags of a browser that reaches this site and no other.

    The name is resolved here, once, and must be public; every other name leads nowhere. Raise TryLater or FixSettings.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = resolve_public_address(host, port)
    rules = build_rules(host, address)
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [
        *FLAGS,
        *settings.CHROMIUM_FLAGS,
        *root,
        f"--host-resolver-rules={rules}",
    ]


def build_rules(host: str, address: str) -> str:
    """Return Chromium's rules by which this name leads to this address, and no other name anywhere."""
    # An IPv6 address stands in brackets, as in a URL.
    there = f"[{address}]" if ":" in address else address
    if host == address:
        return f"MAP * ~NOTFOUND, EXCLUDE {there}"
    return f"MAP {host} {there}, MAP * ~NOTFOUND, EXCLUDE {there}"
