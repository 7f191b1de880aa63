"""`python -m scripts.audit`: whether a pinned package is known to be vulnerable, by the OSV database.

Ends with 1 when one is. Where the database cannot be reached it says so loudly and ends with 0: a machine without a
network must still be able to run the checks.
"""

import json
import re
import sys
import urllib.request
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "requirements"
# What is served, and what only a developer's machine has.
FILES = ("app.txt", "engines.txt", "browser.txt", "dev.txt")
DATABASE = "https://api.osv.dev/v1/querybatch"
PATIENCE = 20.0


def read_pins() -> list[tuple[str, str, str]]:
    """Return (file, package, version) of every pin."""
    return [
        (name, package, version)
        for name in FILES
        for package, version in re.findall(
            r"^([a-z0-9][\w.-]*)==([^ ;]+)", (FOLDER / name).read_text(), re.M
        )
    ]


def ask_database(pins: list[tuple[str, str, str]], url: str) -> list[dict[str, Any]]:
    """Return one answer for each pin. Raises OSError, or ValueError when it is no answer."""
    queries = [
        {"package": {"ecosystem": "PyPI", "name": package}, "version": version}
        for _, package, version in pins
    ]
    body = json.dumps({"queries": queries}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        results = json.load(answer).get("results", [])
    if len(results) != len(pins):
        raise ValueError("not one result for each package")
    return list(results)


def main(url: str = DATABASE) -> int:
    pins = read_pins()
    try:
        results = ask_database(pins, url)
    except (OSError, ValueError, AttributeError) as error:
        print(
            f"SKIPPED: {len(pins)} packages were NOT looked up, the OSV database does not answer ({error}).\n"
            "Run `python -m scripts.audit` where there is a network before a release."
        )
        return 0
    bad = [
        f"{name}: {package} {version}: {', '.join(each['id'] for each in result['vulns'])}"
        for (name, package, version), result in zip(pins, results, strict=True)
        if result.get("vulns")
    ]
    print("\n".join(bad) or f"{len(pins)} packages, none known to be vulnerable.")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
