"""Text as it is stored."""

import pytest

from members.normalize.text import clean_typed_text


@pytest.mark.parametrize(
    "typed",
    [
        "7½ 10²㎡ ①㈱",
        "👨‍👩‍👧家族",
        "推し❤️‍🔥",
        "🏳️‍🌈レインボー",
        "神﨑 髙",
        "〓",
        "ﾊﾝｶｸ ＡＢＣ",
        "葛󠄀城",
    ],
)
def test_kept_text_stays_as_typed(typed: str) -> None:
    assert clean_typed_text(f" \u200b{typed}\ufeff\u3000\0") == typed
