"""Where ids come from: a range for each cell."""

from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.db import connection

from tenants.cells import LAST_CELL, raise_sequences
from tenants.checks import check_cell
from tenants.models import FieldKeyProof, Tenant

# Above the one the tests themselves may run as.
HIGHER = configured.CELL + 3
BELOW = HIGHER * 2**40


def number_for(cell: int, settings: Any) -> None:
    settings.CELL = cell
    raise_sequences(apps.get_app_config("tenants"), using="default")


def new_id(slug: str) -> int:
    return Tenant.objects.create(slug=slug, name="店").pk


def test_ids_come_from_the_range_of_the_cell(owner: None, settings: Any) -> None:
    number_for(HIGHER, settings)
    assert [new_id("a"), new_id("b")] == [BELOW + 1, BELOW + 2]


def test_a_sequence_is_never_set_back(owner: None, settings: Any) -> None:
    number_for(HIGHER, settings)
    first = new_id("a")
    for same_or_lower in (HIGHER, 0):
        number_for(same_or_lower, settings)
    assert [first, new_id("b")] == [BELOW + 1, BELOW + 2]


def test_emptied_tables_begin_with_their_range_again(
    owner: None, settings: Any
) -> None:
    number_for(HIGHER, settings)
    FieldKeyProof.objects.create(proof="a")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tenants_fieldkeyproof RESTART IDENTITY")
    assert FieldKeyProof.objects.create(proof="b").pk == BELOW + 1


@pytest.mark.parametrize(
    ("number", "errors"), [(0, []), (LAST_CELL, []), (LAST_CELL + 1, ["tenants.E003"])]
)
def test_a_cell_without_a_range_is_refused(
    number: int, errors: list[str], settings: Any
) -> None:
    settings.CELL = number
    assert [error.id for error in check_cell(None)] == errors
