"""The walls around the browser, as flags."""

import pytest

from rpa.browser.chromium import build_rules


@pytest.mark.parametrize(
    ("host", "address", "rules"),
    [
        (
            "shop.example.jp",
            "203.0.113.7",
            "MAP shop.example.jp 203.0.113.7, MAP * ~NOTFOUND, EXCLUDE 203.0.113.7",
        ),
        (
            "shop.example.jp",
            "2001:db8::7",
            "MAP shop.example.jp [2001:db8::7], MAP * ~NOTFOUND, EXCLUDE [2001:db8::7]",
        ),
        ("203.0.113.7", "203.0.113.7", "MAP * ~NOTFOUND, EXCLUDE 203.0.113.7"),
        ("2001:db8::7", "2001:db8::7", "MAP * ~NOTFOUND, EXCLUDE [2001:db8::7]"),
    ],
)
def test_one_name_leads_to_one_address(host: str, address: str, rules: str) -> None:
    assert build_rules(host, address) == rules
