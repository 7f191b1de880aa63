"""What Django itself asks and writes, behind save() and references, names the shop."""

from typing import Any

import pytest
from django.db import models

from operators.models import OperatorGroup, OperatorGroupSeat, Seat
from tenants.checks import check_base_managers
from tenants.models import Tenant
from tests.conftest import Cast


def test_no_model_forgets_the_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_base_managers(None) == []
    plain = models.Manager()
    plain.model = Seat
    monkeypatch.setitem(Seat._meta.__dict__, "base_manager", plain)
    assert [(error.id, error.obj) for error in check_base_managers(None)] == [
        ("tenants.E002", Seat)
    ]


def test_what_django_itself_asks_names_the_shop(
    sakura: Tenant, cast: Cast, django_assert_num_queries: Any
) -> None:
    seat = Seat.objects.get(operator=cast.ed)
    place = OperatorGroupSeat.objects.create(
        group=OperatorGroup.objects.create(name="G"), seat=seat
    )
    place = OperatorGroupSeat.objects.get(pk=place.pk)
    with django_assert_num_queries(6) as asked:
        seat.save()
        seat.refresh_from_db()
        assert place.seat == seat
        assert [found.pk for found in seat.places.all()] == [place.pk]
        assert len(OperatorGroupSeat.objects.prefetch_related("group")[:1]) == 1
    named = [
        f'"tenant_id" = {sakura.pk}' in query["sql"] for query in asked.captured_queries
    ]
    assert named == [True] * 6
