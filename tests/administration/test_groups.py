import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from operators import groups
from operators.models import AuditEntry, Operator, OperatorGroup, Seat
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast

GROUPS = "/t/sakura/settings/groups/"


def seat_of(operator: Operator) -> Seat:
    return Seat.objects.get(operator=operator)


def people(group: OperatorGroup) -> list[str]:
    return sorted(group.seats.values_list("operator__login_id", flat=True))


def test_make(sakura: Tenant, aiko: Client, cast: Cast) -> None:
    seats = [seat_of(cast.ed), seat_of(cast.vic)]
    answer = aiko.post(
        f"{GROUPS}new/", {"name": " 販促チーム ", "seats": [seat.pk for seat in seats]}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, GROUPS)
    group = OperatorGroup.objects.get()
    assert (group.name, people(group)) == ("販促チーム", ["ed", "vic"])
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.data) == (
        "group.made",
        {"seats": sorted(seat.pk for seat in seats)},
    )


def test_rename_add_and_remove(sakura: Tenant, aiko: Client, cast: Cast) -> None:
    aikos, eds = seat_of(cast.aiko), seat_of(cast.ed)
    group = groups.make_group("販促", [eds])
    assert (
        aiko.post(
            f"{GROUPS}{group.public_id}/", {"name": "CS", "seats": [aikos.pk]}
        ).status_code
        == 302
    )
    group.refresh_from_db()
    assert (group.name, people(group)) == ("CS", ["aiko"])
    assert AuditEntry.objects.latest("id").data == {
        "renamed": True,
        "added": [aikos.pk],
        "removed": [eds.pk],
    }

    count = AuditEntry.objects.count()
    groups.change_group(group, "CS", [aikos])
    assert AuditEntry.objects.count() == count


def test_a_name_is_taken_in_any_width(sakura: Tenant, aiko: Client) -> None:
    groups.make_group("CSチーム", [])
    answer = aiko.post(f"{GROUPS}new/", {"name": "ｃｓチーム"})
    assert answer.status_code == 422
    assert (
        "同じ名前のグループ「ｃｓチーム」があります。別の名前を入力してください。"
        in answer.content.decode()
    )
    assert OperatorGroup.objects.count() == 1


def test_somebody_takes_the_name_meanwhile(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = groups.make_group("CS", [])
    monkeypatch.setattr(groups, "build_name_key", lambda name: object())
    with pytest.raises(ValidationError, match="同じ名前のグループ"):
        groups.make_group("CS", [])
    assert list(OperatorGroup.objects.all()) == [group]


def test_the_list(sakura: Tenant, aiko: Client, cast: Cast) -> None:
    assert "グループはまだありません" in aiko.get(GROUPS).content.decode()
    groups.make_group("販促", [seat_of(cast.ed), seat_of(cast.vic)])
    groups.make_group("CS", [])
    with open_tenant_scope(cast.sakura):
        assert [
            (group.name, group.people) for group in aiko.get(GROUPS).context["groups"]
        ] == [("CS", 0), ("販促", 2)]


def test_the_same_queries_for_one_and_three_rows(
    sakura: Tenant, aiko: Client, cast: Cast
) -> None:
    counts = []
    for names in ("a", "bc"):
        for name in names:
            groups.make_group(name, [seat_of(cast.ed)])
        with CaptureQueriesContext(connection) as queries:
            aiko.get(GROUPS)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_delete_asks_and_then_does(sakura: Tenant, aiko: Client, cast: Cast) -> None:
    group = groups.make_group("販促", [seat_of(cast.ed)])
    page = aiko.get(f"{GROUPS}{group.public_id}/delete/").content.decode()
    assert "グループ「販促」を削除しますか？" in page
    assert OperatorGroup.objects.count() == 1
    aiko.post(f"{GROUPS}{group.public_id}/delete/", {"confirm": "1"})
    assert OperatorGroup.objects.count() == 0
    assert Seat.objects.count() == 3
    assert AuditEntry.objects.latest("id").action == "group.deleted"


def test_who_may(cast: Cast, aiko: Client, ed: Client, oscar: Client) -> None:
    with open_tenant_scope(cast.sakura):
        group = groups.make_group("販促", [])
    with open_tenant_scope(cast.momiji):
        theirs = Seat.objects.get()
    for path in ("", "new/", f"{group.public_id}/", f"{group.public_id}/delete/"):
        assert [
            client.get(GROUPS + path).status_code for client in (aiko, ed, oscar)
        ] == [200, 403, 404]
    answer = aiko.post(
        f"{GROUPS}{group.public_id}/", {"name": "販促", "seats": [theirs.pk]}
    )
    assert answer.status_code == 422
    with open_tenant_scope(cast.sakura):
        assert people(group) == []


def test_only_own_groups_are_offered(sakura: Tenant, cast: Cast) -> None:
    own = groups.make_group("販促", [seat_of(cast.ed)])
    groups.make_group("CS", [seat_of(cast.vic)])
    assert list(groups.list_groups_of_seat(seat_of(cast.ed))) == [own]
