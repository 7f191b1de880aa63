"""What members asked for, and what became of it, as conditions."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cartsync.models import Cart
from members.models import Member
from rpa.condition_fields import compile_requested, compile_result
from rpa.models import CancellationRequest

pytestmark = pytest.mark.usefixtures("sakura")


@pytest.fixture
def people(cart: Cart) -> dict[str, Member]:
    """Cancelled long ago; kept by a pause; refused a skip; asked for nothing."""
    made = {
        name: Member.objects.create(name=name)
        for name in ("gone", "kept", "refused", "nobody")
    }

    def ask(who: str, kind: str, state: str, days: int = 0, **values: Any) -> None:
        at = timezone.now() - timedelta(days=days)
        CancellationRequest.objects.create(
            cart=cart,
            member=made[who],
            kind=kind,
            state=state,
            received_at=at,
            **values,
        )

    ask("gone", "cancel", "verified", days=40)
    ask("kept", "pause", "verified", asked_kind="cancel")
    ask("refused", "skip", "refused")
    return made


def find(condition: Any) -> list[str]:
    rows = Member.objects.exclude(name="").filter(condition)
    return sorted(rows.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("op", "value", "names"),
    [
        ("in", ["cancel"], ["gone"]),
        ("in", ["cancel", "skip"], ["gone", "refused"]),
        ("not_in", ["cancel"], ["kept", "nobody", "refused"]),
        ("in", {"of": ["cancel", "pause"], "days": 30}, ["kept"]),
        ("not_in", {"of": ["cancel"], "days": 30}, ["gone", "kept", "nobody", "refused"]),
    ],
)  # fmt: skip
def test_what_was_asked_for(
    people: dict[str, Member], op: str, value: Any, names: list[str]
) -> None:
    assert find(compile_requested(op, value)) == names


@pytest.mark.parametrize(
    ("op", "value", "names"),
    [
        ("in", ["kept"], ["kept"]),
        ("in", ["done"], ["gone", "kept"]),
        ("in", ["kept", "refused"], ["kept", "refused"]),
        ("not_in", ["done"], ["nobody", "refused"]),
    ],
)
def test_what_became_of_it(
    people: dict[str, Member], op: str, value: Any, names: list[str]
) -> None:
    assert find(compile_result(op, value)) == names
