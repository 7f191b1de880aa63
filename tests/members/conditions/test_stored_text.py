"""Notes are stored as typed; width, invisible characters and signs that look the same do not count in a condition."""

import pytest

from members.attributes.values import set_attribute_value
from members.conditions.search import save_search_text
from members.conditions.sql import filter_members
from members.conditions.stored_text import Folded, fold_stored_text
from members.models import Attribute, AttributeValue, Member
from members.valuelists.lists import make_value_list
from tenants.models import Tenant

NOTES = [
    "7½ 10²㎡ ①",
    "👨‍👩‍👧家族",
    "10〜20代",
    "ＡＢＣ ﾊﾝｶｸ",
    "A−B—C‖",
    "\u00ad葛󠄀城\u2060",
]


def test_the_database_folds_as_python_does(sakura: Tenant) -> None:
    note = Attribute.objects.create(name="備考", name_key="備考", kind="text")
    for text in NOTES:
        AttributeValue.objects.create(
            attribute=note, member=Member.objects.create(), text=text
        )
    rows = AttributeValue.objects.order_by("pk").values_list("text", Folded("text"))
    assert [folded for _text, folded in rows] == [fold_stored_text(t) for t in NOTES]


@pytest.mark.parametrize(
    ("op", "typed", "found"),
    [
        ("contains", "10²", "7½ 10²㎡ ①"), ("contains", "102m2", "7½ 10²㎡ ①"), ("contains", "👨‍👩‍👧", "👨‍👩‍👧家族"),
        ("starts", "10～20", "10〜20代"), ("contains", "10~20", "10〜20代"), ("contains", "abc ハン", "ＡＢＣ ﾊﾝｶｸ"),
        ("in_list", "10～20代", "10〜20代"), ("in_list", "ABC ハンカク", "ＡＢＣ ﾊﾝｶｸ"),
        ("in_list", "👨‍👩‍👧家族", "👨‍👩‍👧家族"),
    ],
)  # fmt: skip
def test_what_is_stored_as_typed_is_found(
    sakura: Tenant, op: str, typed: str, found: str
) -> None:
    note = Attribute.objects.create(name="備考", name_key="備考", kind="text")
    for text in NOTES[:4]:
        member = Member.objects.create(name=text)
        set_attribute_value(note, Member.objects.filter(pk=member.pk), text)
    value = (
        str(make_value_list(typed, "text").public_id)
        if op == "in_list"
        else save_search_text(typed)
    )
    condition = {"field": f"attr:{note.public_id}", "op": op, "value": value}
    members = filter_members(Member.objects.all(), condition)
    assert list(members.values_list("name", flat=True)) == [found]
    assert AttributeValue.objects.get(member=members[0]).text == found
