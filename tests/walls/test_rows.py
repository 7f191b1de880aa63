"""Whatever the code of one shop does to a model, the rows of the other are neither seen nor changed."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.engines.embedded import SUPERUSER
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, make_cast
from tests.walls.world import World, build, make_world, tenant_models

Row = models.Model
Model = type[models.Model]


class Stage:
    cast: Cast
    ours: World
    theirs: World
    superuser: psycopg.Connection  # type: ignore[type-arg]

    def snapshot(self) -> dict[str, Any]:
        """A digest of every row of the other shop, as the superuser sees them."""
        digests = {}
        for model in tenant_models():
            table = model._meta.db_table
            sql = f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t WHERE tenant_id = %s"
            digests[table] = self.superuser.execute(
                sql, [self.cast.momiji.pk]
            ).fetchone()
        return digests


@pytest.fixture
def stage(transactional_db: None) -> Iterator[Stage]:
    stage = Stage()
    with transaction.atomic():
        stage.cast = make_cast()
    stage.ours = make_world(stage.cast.sakura, stage.cast.aiko)
    stage.theirs = make_world(stage.cast.momiji, stage.cast.oscar)
    options = f"host={connection.settings_dict['HOST']} user={SUPERUSER} dbname={connection.settings_dict['NAME']}"
    with psycopg.connect(options, autocommit=True) as stage.superuser:
        yield stage


def plain(model: Model) -> models.QuerySet[Row]:
    """No manager, no scope of ours: only the database's own wall."""
    return models.QuerySet(model)


def changed(model: Model) -> models.Field:
    fields = (
        f
        for f in model._meta.concrete_fields
        if not f.primary_key and not f.remote_field and f.concrete
    )
    return next(
        f
        for f in fields
        if isinstance(
            f,
            models.CharField
            | models.TextField
            | models.IntegerField
            | models.DateTimeField
            | models.BooleanField
            | models.DurationField,
        )
    )


def sees_nothing(stage: Stage, model: Model, theirs: Row) -> None:
    assert list(plain(model).filter(pk=theirs.pk)) == []
    assert list(model._default_manager.filter(pk=theirs.pk)) == []
    assert not plain(model).filter(pk=theirs.pk).exists()
    assert (
        not plain(model)
        .exclude(pk=stage.ours[model].pk)
        .filter(tenant=stage.cast.momiji)
        .exists()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {model._meta.db_table} WHERE tenant_id = %s",
            [stage.cast.momiji.pk],
        )
        assert cursor.fetchone() == (0,)


def update_touches_nothing(stage: Stage, model: Model, theirs: Row) -> None:
    assert plain(model).filter(pk=theirs.pk).update(tenant=stage.cast.sakura) == 0


def save_touches_nothing(stage: Stage, model: Model, theirs: Row) -> None:
    theirs.save(force_update=True)


def delete_touches_nothing(stage: Stage, model: Model, theirs: Row) -> None:
    assert plain(model).filter(pk=theirs.pk)._raw_delete(using="default") == 0


def move_is_refused(stage: Stage, model: Model, theirs: Row) -> None:
    plain(model).filter(pk=stage.ours[model].pk).update(tenant=stage.cast.momiji)


def create_for_them_is_refused(stage: Stage, model: Model, theirs: Row) -> None:
    row = build(model, stage.theirs, stage.cast.oscar)
    row.tenant_id = stage.cast.momiji.pk  # type: ignore[attr-defined]
    model._default_manager.bulk_create([row])


def raw_delete_touches_nothing(stage: Stage, model: Model, theirs: Row) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {model._meta.db_table} WHERE tenant_id = %s",
            [stage.cast.momiji.pk],
        )
        assert cursor.rowcount == 0


def pointing_at_them_is_refused(stage: Stage, model: Model, theirs: Row) -> None:
    """Our row, their parent: the composite reference does not exist."""
    references = [
        f
        for f in model._meta.concrete_fields
        if isinstance(f, models.ForeignKey)
        and f.db_constraint
        and f.related_model in stage.theirs
    ]
    if not references:
        raise DatabaseError("nothing to point with")
    plain(model).filter(pk=stage.ours[model].pk).update(
        **{references[0].name: stage.theirs[references[0].related_model]}
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


SILENT = [
    sees_nothing,
    update_touches_nothing,
    delete_touches_nothing,
    raw_delete_touches_nothing,
]
REFUSED = [
    save_touches_nothing,
    move_is_refused,
    create_for_them_is_refused,
    pointing_at_them_is_refused,
]
acts: st.SearchStrategy[Callable[[Stage, Model, Row], None]] = st.sampled_from(
    SILENT + REFUSED
)


@pytest.mark.timeout(240)
def test_no_operation_reaches_the_other_shop(stage: Stage) -> None:
    before = stage.snapshot()
    assert {count for count, _ in before.values()} == {1}

    @hypothesis_settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(
        st.lists(
            st.tuples(st.sampled_from(tenant_models()), acts), min_size=1, max_size=8
        )
    )
    def play(script: list[tuple[Model, Callable[[Stage, Model, Row], None]]]) -> None:
        for model, act in script:
            perform(stage, model, act)
        assert stage.snapshot() == before

    for model in tenant_models():
        for act in SILENT + REFUSED:
            perform(stage, model, act)
    assert stage.snapshot() == before
    play()


def perform(
    stage: Stage, model: Model, act: Callable[[Stage, Model, Row], None]
) -> None:
    """One operation in the scope of our shop, rolled back, so that ours stays what it was too."""
    with open_tenant_scope(stage.cast.sakura):
        try:
            with transaction.atomic():
                act(stage, model, stage.theirs[model])
                assert act in SILENT, f"{act.__name__} on {model.__name__} went through"
                transaction.set_rollback(True)
        except DatabaseError:
            assert act in REFUSED or getattr(model, "append_only", False)


def test_the_tests_serve_as_the_serving_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (settings.APP_ROLE,)
