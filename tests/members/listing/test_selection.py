import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from members.listing import selection as selecting
from members.models import Member, ValueList
from members.valuelists.lists import make_value_list
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast

FRIENDS = "?" + urlencode({"c": '{"field":"line_state","op":"in","value":["friend"]}'})


def asked(query: str = "", **data: Any) -> HttpRequest:
    return RequestFactory().post(f"/{query}", data)


def names(selection: dict[str, Any]) -> list[str]:
    stored = json.loads(json.dumps(selection))  # as a job keeps it
    return sorted(selecting.select_members(stored).values_list("name", flat=True))


def test_ticked_rows_become_ids(sakura: Tenant) -> None:
    one, two, _three = (Member.objects.create(name=name) for name in "ABC")
    selection = selecting.freeze_selection(
        asked(ids=[two.public_id, one.public_id, "gone"])
    )
    assert selection == {"ids": [one.pk, two.pk], "deleted": False, "count": 2}
    assert names(selection) == ["A", "B"]


def test_all_of_the_list_is_its_condition_and_the_moment(sakura: Tenant) -> None:
    for name, state in (("A", "friend"), ("B", "friend"), ("C", "blocked")):
        Member.objects.create(name=name, line_state=state)
    selection = selecting.freeze_selection(asked(FRIENDS, scope="all", ids=["ticked"]))
    Member.objects.create(name="D", line_state="friend")
    assert selection["count"] == 2 and names(selection) == ["A", "B"]


def test_the_second_answer_speaks_of_the_moment_of_the_first(sakura: Tenant) -> None:
    Member.objects.create(name="A")
    until = timezone.now().isoformat()
    Member.objects.create(name="B")
    assert names(selecting.freeze_selection(asked(scope="all", until=until))) == ["A"]
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    for unusable in (later, "2026-13-40T00:00:00+09:00", "2026-11-22T00:00:00", "x"):
        selection = selecting.freeze_selection(asked(scope="all", until=unusable))
        Member.objects.create(name="C")
        assert "C" not in names(selection)
        Member.objects.filter(name="C").delete()


def test_deleted_members_are_in_no_selection(sakura: Tenant) -> None:
    there, gone = (
        Member.objects.create(name="A"),
        Member.objects.create(name="B", deleted_at=timezone.now()),
    )
    assert names(
        selecting.freeze_selection(asked(ids=[there.public_id, gone.public_id]))
    ) == ["A"]
    assert names(selecting.freeze_selection(asked(scope="all"))) == ["A"]
    assert names({"ids": [there.pk, gone.pk], "deleted": True}) == ["A", "B"]


def test_nothing_ticked(sakura: Tenant) -> None:
    Member.objects.create(name="A")
    assert selecting.freeze_selection(asked())["count"] == 0
    assert selecting.freeze_selection(asked(), nothing_is_all=True)["count"] == 1


@pytest.mark.parametrize("query", ["?s=gone", "?c=x"])
def test_an_unusable_filter_is_nobody(sakura: Tenant, query: str) -> None:
    Member.objects.create(name="A")
    assert selecting.freeze_selection(asked(query, scope="all"))["count"] == 0


def test_other_shops_members_are_not_there(cast: Cast) -> None:
    with open_tenant_scope(cast.momiji):
        foreign = Member.objects.create(name="他店")
    with open_tenant_scope(cast.sakura):
        assert selecting.freeze_selection(asked(ids=[foreign.public_id]))["count"] == 0


def test_a_list_that_a_selection_names_lives_another_month(sakura: Tenant) -> None:
    values = make_value_list("a@example.jp")
    ValueList.objects.update(created_at=timezone.now() - timedelta(days=29))
    selecting.retain_selected_values(
        {"not": {"field": "email", "op": "in_list", "value": values.public_id}}
    )
    values.refresh_from_db()
    assert values.created_at > timezone.now() - timedelta(minutes=1)
