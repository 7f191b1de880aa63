"""What no text beside 「解約を続ける」 may say: that cancelling is not possible (特定商取引法: 不実告知, 解約妨害)."""

import re

WHAT = r"(?:解約|退会)(?:の?お?手続き|の?お?申し?込み)?"
HOW = r"(?:は|が|を|も|に|すること(?:は|が))[^。\n]{0,10}?"
NOT = (
    r"(?:(?:でき|出来)(?:ません|ない|かねます)|不可|(?:承|うけたまわ)(?:れません|れない|って(?:い|おり)ません|りかね)"
    r"|(?:受け付け|受付)(?:ません|ない|られ|て(?:い|おり)ません|して(?:い|おり)ません)|応じ(?:られ|かね))"
)
DENIAL = re.compile(WHAT + HOW + NOT)


def find_denial(text: str) -> str:
    """Return the words by which the text says that cancelling is impossible; "" where it does not."""
    found = DENIAL.search(text)
    return found[0] if found else ""
