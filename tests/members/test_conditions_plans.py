"""Conditions are answered from indexes under row-level security: LIKE and JSON would read every member of the shop."""

from typing import Any

from members.conditions import narrow
from members.models import Attribute, Member, Tag
from tests.members.test_plans import assert_uses, tag  # noqa: F401  tag is the filled shop


def asked(field: str, op: str, value: Any) -> Any:
    return narrow(Member.objects.all(), {"field": field, "op": op, "value": value}).order_by()


def test_columns(tag: Tag) -> None:  # noqa: F811
    assert_uses("member_birth_md", asked("birthday", "md_between", ["01-05", "01-05"]))
    assert_uses("member_birthday", asked("birthday", "between", ["1985-01-01", "1985-12-31"]))
    assert_uses("member_link_state", asked("link_state", "in", ["review"]))
    assert_uses("member_visits", asked("visits", "at_least", 298))
    assert_uses("member_sessions", asked("sessions", "between", [197, 198]))
    assert_uses("member_deleted", asked("deleted", "only", True))


def test_tags_and_items_of_the_shop(tag: Tag) -> None:  # noqa: F811
    some = Member.objects.earliest("pk").pk + 10
    Attribute.objects.filter(kind="choice").update(choices=[str(some)])
    keys = {each.kind: f"attr:{each.public_id}" for each in Attribute.objects.all()}
    assert_uses("members_membertag_pkey", asked("tag", "has_any", [tag.pk]))
    assert_uses("attributevalue_number", asked(keys["number"], "between", [some, some + 100]))
    assert_uses("attributevalue_date", asked(keys["date"], "between", ["2001-01-01", "2001-01-31"]))
    assert_uses("attributevalue_text", asked(keys["choice"], "in", [str(some)]))
