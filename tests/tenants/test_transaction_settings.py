"""Our settings are told to a transaction by one door, with which they end: connection.tell (tenants/pg/base.py)."""

import re

from scripts.style.source import ROOT, find_packages

SETTING = re.compile(
    r"set_config\(\s*'app\.|SET\s+(?:LOCAL\s+)?\W*app\W", re.IGNORECASE
)
# The functions of the database set their own, local to the transaction as well.
DOORS = ["members/sql/history.sql"]


def test_settings_are_told_by_one_door() -> None:
    paths = [
        path
        for package in find_packages()
        for pattern in ("*.py", "*.sql")
        for path in (ROOT / package).rglob(pattern)
        if "migrations" not in path.parts
    ]
    found = {path: SETTING.findall(path.read_text()) for path in paths}
    assert [
        str(path.relative_to(ROOT)) for path, hits in found.items() if hits
    ] == DOORS
    texts = [hit for hits in found.values() for hit in hits]
    assert {text.upper() for text in texts} == {"SET LOCAL APP."}
