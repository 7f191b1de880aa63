"""Every kind of attribute says all of what the pages, files and conditions need of it."""

import pytest

from members.attributes.kinds import KINDS, show_json
from members.conditions.fields.attributes import FAMILIES
from members.models import Attribute, AttributeValue


def test_every_kind_has_its_class() -> None:
    assert list(KINDS) == Attribute.Kind.values


@pytest.mark.parametrize("name", Attribute.Kind.values)
def test_a_kind_is_stored_and_asked_about(name: str) -> None:
    kind = KINDS[name]
    assert kind.asked_as in FAMILIES
    assert kind.column in {field.name for field in AttributeValue._meta.fields}


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("text", "赤", "赤"), ("number", 1200.5, "1,200.5"), ("date", "2026-11-22", "2026/11/22"),
        ("choice", "赤", "赤"),
        # Of a kind that the item had before.
        ("number", "赤", "赤"), ("text", 3.0, "3"), ("date", "赤", "赤"),
    ],
)  # fmt: skip
def test_what_the_history_holds_is_shown(kind: str, value: object, shown: str) -> None:
    assert show_json(Attribute(tenant_id=1, kind=kind), value) == shown
