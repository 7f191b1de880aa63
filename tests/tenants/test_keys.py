"""The keys that migrations make by themselves, on tables that are made for the test and gone after it."""

from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Count

from operators.models import Seat
from tenants.fields import TenantKey
from tenants.models import Plan, Tenant
from tests.conftest import Cast

ID = ("id", models.BigAutoField(primary_key=True))
CONSTRAINTS = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype IN ('p', 'f') AND conrelid::regclass::text LIKE 'tried%'
"""
SHOP = "FOREIGN KEY (tenant_id) REFERENCES tenants_tenant(id) DEFERRABLE INITIALLY DEFERRED"
OF_BOX = "FOREIGN KEY (tenant_id, box_id) REFERENCES tried_box(tenant_id, id) DEFERRABLE INITIALLY DEFERRED"
INSIDE = "FOREIGN KEY (tenant_id, inside_id) REFERENCES tried_box(tenant_id, id) DEFERRABLE INITIALLY DEFERRED"
WANTED = {
    ("tried_box", "PRIMARY KEY (tenant_id, id)"),
    ("tried_box", SHOP),
    ("tried_box", INSIDE),
    ("tried_thing", "PRIMARY KEY (tenant_id, id)"),
    ("tried_thing", SHOP),
    ("tried_thing", OF_BOX),
}


def box(*more: tuple[str, Any]) -> migrations.CreateModel:
    inside = models.ForeignKey("tried.Box", models.CASCADE, null=True)
    return migrations.CreateModel("Box", [ID, ("inside", inside), *more])


def thing(*more: tuple[str, Any]) -> migrations.CreateModel:
    return migrations.CreateModel(
        "Thing", [ID, ("box", models.ForeignKey("tried.Box", models.CASCADE)), *more]
    )


def migrate(*operations: Any, state: ProjectState | None = None) -> ProjectState:
    """One migration of an app ``tried`` that does these operations."""
    if state is None:
        state = ProjectState()
        for model in (Plan, Tenant):
            state.add_model(migrations.state.ModelState.from_model(model))
    migration = migrations.Migration("0001", "tried")
    migration.operations = list(operations)
    with connection.schema_editor(atomic=False) as editor:
        assert isinstance(editor, BaseDatabaseSchemaEditor)
        return migration.apply(state, editor)


def constraints() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS)
        return set(cursor.fetchall())


def tenant(name: str) -> migrations.AddField:
    return migrations.AddField(name, "tenant", TenantKey())


def test_new_tables_have_their_keys(owner: None) -> None:
    migrate(box(("tenant", TenantKey())), thing(("tenant", TenantKey())))
    assert constraints() == WANTED


@pytest.mark.parametrize("order", [("box", "thing"), ("thing", "box")])
def test_a_tenant_added_in_the_same_migration(
    owner: None, order: tuple[str, str]
) -> None:
    """So does makemigrations where models refer to each other in a circle."""
    migrate(box(), thing(), *(tenant(name) for name in order))
    assert constraints() == WANTED


def test_a_tenant_added_later(owner: None) -> None:
    state = migrate(box(), thing())
    migrate(tenant("thing"), tenant("box"), state=state)
    assert constraints() == WANTED


def test_a_reference_added_renamed_and_taken_off(owner: None) -> None:
    key = ("tenant", TenantKey())
    state = migrate(box(key), migrations.CreateModel("Thing", [ID, key]))
    state = migrate(
        migrations.AddField(
            "thing", "at", models.ForeignKey("tried.Box", models.CASCADE, null=True)
        ),
        migrations.RenameField("thing", "at", "box"),
        migrations.AlterField(
            "thing", "box", models.ForeignKey("tried.Box", models.CASCADE)
        ),
        state=state,
    )
    assert constraints() == WANTED
    migrate(migrations.RemoveField("thing", "box"), state=state)
    assert constraints() == WANTED - {("tried_thing", OF_BOX)}


def test_a_key_that_is_no_number(owner: None) -> None:
    code = ("code", models.CharField(max_length=10, primary_key=True))
    migrate(migrations.CreateModel("Coded", [code, ("tenant", TenantKey())]))
    assert constraints() == {
        ("tried_coded", "PRIMARY KEY (tenant_id, code)"),
        ("tried_coded", SHOP),
    }


def test_counting_beside_a_rows_own_columns(sakura: Tenant, cast: Cast) -> None:
    """Grouped by ``id`` alone the other columns would not follow from it."""
    seats = (
        Seat.objects.annotate(groups_in=Count("places"))
        .select_related("operator")
        .order_by("pk")
    )
    assert [(seat.operator.login_id, seat.role, seat.groups_in) for seat in seats] == [
        ("aiko", "owner", 0),
        ("ed", "staff", 0),
        ("vic", "viewer", 0),
    ]
    roles = Seat.objects.values("role").annotate(n=Count("pk")).order_by("role")
    assert list(roles.values_list("role", "n")) == [
        ("owner", 1),
        ("staff", 1),
        ("viewer", 1),
    ]
    assert Seat.objects.annotate(groups_in=Count("places")).aggregate(
        n=Count("pk"), groups=Count("places")
    ) == {
        "n": 3,
        "groups": 0,
    }
