"""Our own file in Shift_JIS, uploaded as it is: nothing changes, whatever Shift_JIS has no letter for."""

from collections.abc import Callable

import pytest

from jobs.models import Job
from members.models import AttributeValue, Member, MemberImport, MemberTag, TagBatch
from members.tags.assign import tag_members
from members.tags.names import get_or_create_tag
from tenants.models import Tenant
from tests.members.exports.conftest import exported, unpacked
from tests.members.imports.test_spreadsheets import make_attribute

__all__ = ["exported"]
NAMES = [
    "𠮷田 花子",
    "髙橋﨑〜",
    "辻󠄀😀",
    "＋−−",
    "スター‐ロード",
    "￠￡￢",
    "👨‍👩‍👧 家族",
    "=1+1",
]
TEXTS = [
    "𠮷野家〜3丁目",
    "²½①㎡",
    "❤️ 大切",
    "一行目\n二行目",
    "− 5 ‖ — 3",
    "ハ゛ラ",
    "'引用",
    "@here",
]
TAGS = ["𠮷日〜", "美容,健康", "A|B、C", "😀VIP"]


def list_state() -> list[object]:
    return [
        list(Member.objects.order_by("pk").values_list("name", "name_key")),
        list(AttributeValue.objects.order_by("pk").values_list("member_id", "text")),
        list(MemberTag.objects.order_by("pk").values_list("member_id", "tag__name")),
    ]


@pytest.mark.parametrize("form", ["cp932", "csv", "xlsx"])
def test_our_own_file_changes_nothing(
    sakura: Tenant,
    exported: Callable[..., Job],
    loaded: Callable[..., MemberImport],
    form: str,
) -> None:
    note, choice = make_attribute("備考", "text"), make_attribute("好み", "choice")
    choice.choices = ["𠮷〜", "青"]
    choice.save()
    tags = [get_or_create_tag(name) for name in TAGS]
    for place, (name, text) in enumerate(zip(NAMES, TEXTS, strict=True)):
        member = Member.objects.create(name=name)
        AttributeValue.objects.create(member=member, attribute=note, text=text)
        AttributeValue.objects.create(
            member=member, attribute=choice, text=choice.choices[place % 2]
        )
        chosen = Member.objects.filter(pk=member.pk)
        tag_members(tags[place % 4], chosen, TagBatch.Source.OPERATOR)
    before = list_state()
    columns = [
        "public_id",
        "name",
        "tags",
        *(f"attribute:{each.public_id}" for each in (note, choice)),
    ]
    data = unpacked(exported(columns, form).files.get())
    source = loaded(data, name="会員.xlsx" if form == "xlsx" else "会員.csv")
    assert (source.counts.get("same"), source.counts.get("wrong", 0)) == (8, 0)
    assert list_state() == before
