"""Names of people and labels: what counts as the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from members.normalize.names import normalize_label, normalize_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙橋　花子", "高橋花子"), ("渡邉 﨑", "渡辺崎"), ("齋藤", "斉藤"), ("濵田", "浜田"), ("𠮷野", "吉野"),
        ("廣瀨", "広瀬"),
        ("葛\U000e0100城", "葛城"), ("ﾔﾏﾀﾞ ﾊﾅｺ", "やまだはなこ"), ("ジョン・スミス", "ジョンスミス"),
        ("SATO", "ｓａｔｏ"), ("㈱山田", "(株)山田"),
    ],
)  # fmt: skip
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert normalize_name(one) == normalize_name(other) != ""


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40))
def test_names_are_idempotent(text: str) -> None:
    assert normalize_name(normalize_name(text)) == normalize_name(text)
    assert normalize_label(normalize_label(text)) == normalize_label(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10〜20代", "10～20代"), ("10〜20代", "10~20代"), ("A−B", "A－B"), ("‖", "∥"), ("—", "―"),
        ("¢£¬", "￠￡￢"),
    ],
)  # fmt: skip
def test_signs_that_look_the_same_are_one_key(one: str, other: str) -> None:
    assert normalize_label(one) == normalize_label(other)
    assert normalize_name(one) == normalize_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("三ヶ島", "三ケ島"), ("八ヵ岳", "八カ岳"), ("スタ－", "スター"), ("ﾍﾝﾘ－", "ヘンリー"),
        ("らーめん", "らｰめん"), ("すた−", "スター"),
        ("スタ‐", "スター"), ("すた–", "スター"), ("アン-マリー", "アンマリー"),
    ],
)  # fmt: skip
def test_names_that_are_written_in_two_ways(one: str, other: str) -> None:
    assert normalize_name(one) == normalize_name(other)
