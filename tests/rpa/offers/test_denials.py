"""No text beside 「解約を続ける」 says that cancelling is impossible; what comes after a cancellation may be said."""

import pytest

from rpa.offers.denials import find_denial


@pytest.mark.parametrize(
    ("text", "denial"),
    [
        ("お電話でないと解約はできません。", "解約はできません"),
        ("今月中の解約は、承れません。", "解約は、承れません"),
        ("退会のお手続きはただいま受け付けておりません。", "退会のお手続きはただいま受け付けておりません"),
        ("3回目までは解約することができない商品です。", "解約することができない"),
        ("解約を希望されても応じかねます。", "解約を希望されても応じかね"),
        ("お休みのあいだ、お届けもお支払いもありません。", ""),
        ("解約されますと、ポイントはご利用いただけません。", ""),
        ("解約後は、会員価格でお求めになれません。", ""),
        ("解約はいつでもできます。お休みもできます。", ""),
        ("解約を続ける前に。\n返品はできません。", ""),
    ],
)  # fmt: skip
def test_what_keeps_nobody(text: str, denial: str) -> None:
    assert find_denial(text) == denial
