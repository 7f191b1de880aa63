import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from operators.models import Seat
from tenants.models import Tenant
from tenants.scope import (
    NoTenant,
    RequestTransaction,
    act_as,
    allow_own_seats,
    leave_transaction,
    open_tenant_scope,
)
from tests.conftest import Cast, make_cast


def test_manager_refuses_without_scope(cast: Cast) -> None:
    for read in (
        Seat.objects.exists,
        Seat.objects.count,
        lambda: list(Seat.objects.all()),
    ):
        with pytest.raises(NoTenant):
            read()


def test_guard_refuses_raw_sql_without_scope(cast: Cast) -> None:
    with pytest.raises(NoTenant), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM operators_seat")


def test_policy_hides_the_other_shop_from_raw_sql(cast: Cast) -> None:
    with open_tenant_scope(cast.momiji), connection.cursor() as cursor:
        cursor.execute("SELECT operator_id FROM operators_seat")
        assert cursor.fetchall() == [(cast.oscar.pk,)]


def test_policy_refuses_writing_for_the_other_shop(cast: Cast) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        open_tenant_scope(cast.momiji),
        transaction.atomic(),
    ):
        Seat.objects.bulk_create(
            [Seat(tenant=cast.sakura, operator=cast.oscar, role="owner")]
        )


def test_nesting_another_shop_is_refused(cast: Cast) -> None:
    with open_tenant_scope(cast.sakura), open_tenant_scope(cast.sakura):
        with pytest.raises(NoTenant), open_tenant_scope(cast.momiji):
            pass
        assert Seat.objects.count() == 3


def test_the_scope_ends_with_its_block(cast: Cast) -> None:
    with open_tenant_scope(cast.sakura):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant_id', true)")
        assert cursor.fetchone() == ("",)


def test_an_operator_finds_their_own_seats_only(cast: Cast) -> None:
    with open_tenant_scope(cast.momiji):
        Seat.objects.create(operator=cast.ed, role="viewer")
    assert [(seat.tenant.slug, seat.role) for seat in Seat.of(cast.ed)] == [
        ("sakura", "staff"),
        ("momiji", "viewer"),
    ]


def told(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        return str(cursor.fetchone()[0])


def test_a_transaction_is_told_who_acts_and_by_what(cast: Cast) -> None:
    """Whatever stands in the source stays text."""
    odd = "it's 5% \\ off'; SET LOCAL app.actor = '0"
    with open_tenant_scope(cast.sakura), act_as(cast.ed, odd):
        said = [told(f"app.{name}") for name in ("tenant_id", "actor", "source")]
    assert said == [str(cast.sakura.pk), str(cast.ed.pk), odd]
    assert [told(f"app.{name}") for name in ("tenant_id", "actor", "source")] == [
        "",
        "",
        "",
    ]


def test_the_transaction_that_goes_on_forgets_whose_seats_were_read(cast: Cast) -> None:
    assert len(Seat.of(cast.ed)) == 1
    assert told("app.operator_id") == ""
    with open_tenant_scope(cast.momiji), connection.cursor() as cursor:
        cursor.execute("SELECT operator_id FROM operators_seat")
        assert cursor.fetchall() == [(cast.oscar.pk,)]


def test_an_error_in_a_scope_is_not_hidden_by_leaving_it(cast: Cast) -> None:
    """The scope was opened inside a transaction that the error has broken."""
    for refused in (open_tenant_scope(cast.momiji), allow_own_seats(cast.ed)):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            refused,
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO tenants_tenant (slug, name, created_at) VALUES ('momiji', '', now())"
            )
        assert (told("app.tenant_id"), told("app.operator_id")) == ("", "")


@pytest.mark.django_db(transaction=True)
def test_seats_across_shops_need_a_transaction() -> None:
    cast = make_cast_committed(make_cast)
    with pytest.raises(NoTenant, match="in a transaction"):
        Seat.of(cast.ed)


@pytest.mark.django_db(transaction=True)
def test_each_transaction_is_told_the_tenant() -> None:
    cast = make_cast_committed(make_cast)
    with open_tenant_scope(cast.sakura):
        with pytest.raises(NoTenant, match="inside a transaction"):
            Seat.objects.count()
        for _ in range(2):
            with transaction.atomic():
                assert Seat.objects.count() == 3
    assert [told(f"app.{name}") for name in ("tenant_id", "actor", "source")] == [
        "",
        "",
        "",
    ]


def make_cast_committed(make):  # type: ignore[no-untyped-def]
    with transaction.atomic():
        return make()


@pytest.mark.django_db(transaction=True)
def test_a_request_may_leave_its_transaction_for_a_call_out() -> None:
    shop = Tenant.objects.create(slug="leaving", name="店")
    with open_tenant_scope(shop), RequestTransaction():
        Tenant.objects.filter(pk=shop.pk).update(name="変えた")
        with leave_transaction():
            assert not connection.in_atomic_block
        assert connection.in_atomic_block
        transaction.set_rollback(True)
    shop.refresh_from_db()
    assert shop.name == "変えた"


@pytest.mark.django_db(transaction=True)
def test_a_further_block_is_not_left() -> None:
    with (
        RequestTransaction(),
        transaction.atomic(),
        pytest.raises(RuntimeError),
        leave_transaction(),
    ):
        pass
    with transaction.atomic(), leave_transaction():
        assert connection.in_atomic_block  # no request, nothing to leave
