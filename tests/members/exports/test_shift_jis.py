"""Exported files in Shift_JIS: what it cannot write is replaced, counted, and hides no formula."""

from collections.abc import Callable

import pytest

from jobs.files import writers
from jobs.models import Job
from members.models import Member
from tenants.models import Tenant
from tests.members.exports.conftest import table, unpacked

Export = Callable[..., Job]


def test_shift_jis_says_what_it_could_not_write(
    sakura: Tenant, exported: Export
) -> None:
    for name in ("髙橋﨑〜", "𠮷野😀", "辻󠄀😀", "＋−−"):
        Member.objects.create(name=name)
    job = exported(["name"], "cp932")
    rows = table(unpacked(job.files.get()), "cp932")
    assert rows == [["氏名"], ["'＋－－"], ["辻〓"], ["〓野〓"], ["髙橋﨑～"]]
    assert (job.result["replaced_rows"], job.result["replaced"]) == (
        2,
        ["U+1F600", "U+20BB7"],
    )


@pytest.mark.parametrize("form", ["cp932", "csv"])
def test_what_shift_jis_leaves_out_hides_no_formula(
    sakura: Tenant, exported: Export, form: str
) -> None:
    """Joiners and selectors of a shape are not written: what stands behind them must not become the first sign."""
    for sign in "\u200b\u200c\u200d\ufe00\ufe0f\U000e0100\U000e01ef":
        Member.objects.create(name=f"{sign}=1+1")
        Member.objects.create(name=f"{sign} {sign}＝1")
    content = unpacked(exported(["name"], form).files.get())
    rows = table(content, "cp932" if form == "cp932" else "utf-8-sig")[1:]
    assert {row[0][0] for row in rows} == {"'"}
    if form == "cp932":
        assert [row[0] for row in rows] == ["' ＝1", "'=1+1"] * 7


def test_rows_with_replaced_signs_are_counted_once(
    sakura: Tenant, exported: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signs at both ends of a row, several in one, a row of many lines, and the borders of what is written at once."""
    monkeypatch.setattr(writers, "BATCH", 3)
    for name in ("😀", "普通", "😀あ😀", "一\r\n😀\n二😀", "〜󠄀", "", "あ😀", "a"):
        Member.objects.create(name=name)
    job = exported(["name"], "cp932")
    assert (job.result["replaced_rows"], job.result["replaced"]) == (4, ["U+1F600"])
    assert [row[0] for row in table(unpacked(job.files.get()), "cp932")[1:]] == [
        "a",
        "あ〓",
        "",
        "～",
        "一\r\n〓\n二〓",
        "〓あ〓",
        "普通",
        "〓",
    ]
