"""設定 › オペレーター, from the invitation to the removal."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from operators.models import AccessCode, AuditEntry, Operator, Seat
from operators.roles import (
    CONNECT,
    EDIT,
    EXPORT,
    PERSONAL,
    REVEAL,
    RIGHT_LABELS,
    RIGHTS,
    RPA_LIVE,
    SEND,
    SETTINGS,
    SINGLE_RIGHTS,
    VIEW,
    Role,
)
from operators.seats import invite
from operators.tasks import send_change, send_invitation
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import PASSWORD, Cast, client_for

OPERATORS = "/t/sakura/settings/operators/"
NEW_PASSWORD = "brand new horse battery"


@pytest.fixture(autouse=True)
def forget_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def now_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the mailing task where it is queued."""
    for task in (send_invitation, send_change):
        monkeypatch.setattr(task, "delay_on_commit", task)


def seat_of(operator: Operator) -> Seat:
    return Seat.objects.get(operator=operator)


def page_of(operator: Operator) -> str:
    return f"{OPERATORS}{seat_of(operator).pk}/"


def typed(role: str = "staff", **rights: str) -> dict[str, str]:
    return {"role": role, **{f"right_{key}": value for key, value in rights.items()}}


def join_with(code: str, **values: str) -> tuple[Client, Any]:
    visitor = Client()
    visitor.post("/join/", {"shop": "sakura", "code": code})
    data = {
        "name": "新人 花",
        "login_id": "hana",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
        **values,
    }
    return visitor, visitor.post("/join/accept/", data)


def read_code(page: Any) -> str:
    assert page.status_code == 200
    found = re.search(
        r'id="code" type="text" readonly value="([^"]+)"', page.content.decode()
    )
    assert found
    return found[1]


# ---------------------------------------------------------------- the table
def test_the_table_of_rights() -> None:
    assert {
        Role.OWNER: set(RIGHT_LABELS),
        Role.MANAGER: set(RIGHT_LABELS) - {CONNECT},
        Role.STAFF: {VIEW, PERSONAL, REVEAL, EDIT, SEND},
        Role.VIEWER: {VIEW},
    } == RIGHTS
    assert set(SINGLE_RIGHTS) == {
        PERSONAL,
        REVEAL,
        SEND,
        EXPORT,
        RPA_LIVE,
        CONNECT,
        SETTINGS,
    }


def test_the_page_shows_the_table(sakura: Tenant, aiko: Client) -> None:
    page = aiko.get(OPERATORS)
    shown = {str(row["label"]): row["roles"] for row in page.context["rights"]}
    assert shown == {
        str(label): [right in RIGHTS[role] for role in Role]
        for right, label in RIGHT_LABELS.items()
    }
    assert page.content.decode().count("変更できます") == len(SINGLE_RIGHTS)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("right", list(RIGHT_LABELS))
def test_a_single_right_wins_over_the_role(role: Role, right: str) -> None:
    by_role = right in RIGHTS[role]
    other = Seat(tenant_id=1, role=role, rights={right: not by_role})
    assert Seat(tenant_id=1, role=role).can(right) == by_role
    assert other.can(right) == (not by_role if right in SINGLE_RIGHTS else by_role)


# ---------------------------------------------------------------- who is listed
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["aiko", "ed", "vic"]),
        ("?q=江戸", ["ed"]),
        ("?q=VI", ["vic"]),
        ("?role=owner", ["aiko"]),
        ("?state=off", ["vic"]),
        ("?state=on&role=staff", ["ed"]),
    ],
)
def test_operators_are_narrowed(
    sakura: Tenant, cast: Cast, aiko: Client, query: str, found: list[str]
) -> None:
    Seat.objects.filter(operator=cast.vic).update(off_at=timezone.now())
    shown = aiko.get(OPERATORS + query).context["seats"]
    assert sorted(row["seat"].operator.login_id for row in shown) == found


# ---------------------------------------------------------------- inviting
def test_invited_with_a_code(sakura: Tenant, aiko: Client) -> None:
    values = {"name": "新人 花", **typed("staff", export="on", send="off")}
    page = aiko.post(f"{OPERATORS}new/", values)
    code = read_code(page)
    assert f"http://127.0.0.1:8000/join/sakura/{code}/" in page.content.decode()
    visitor, joined = join_with(code)
    assert (joined.status_code, joined.headers["Location"]) == (302, "/login/")
    hana = Operator.objects.get(login_id="hana")
    seat = seat_of(hana)
    assert (hana.name, hana.email, hana.made_by) == ("新人 花", "", sakura)
    assert (seat.role, seat.rights) == ("staff", {"export": True, "send": False})
    entries = AuditEntry.objects.filter(action__startswith="seat.").order_by("pk")
    assert [(entry.action, entry.operator.login_id) for entry in entries] == [  # type: ignore[union-attr]
        ("seat.invited", "aiko"),
        ("seat.joined", "hana"),
    ]
    visitor.post("/login/", {"login": "hana", "password": NEW_PASSWORD})
    assert visitor.get("/t/sakura/members/").status_code == 200
    assert join_with(code, login_id="other")[1].status_code == 410
    assert list(Seat.objects.filter(operator__login_id="other")) == []


def test_invited_by_mail(sakura: Tenant, aiko: Client, now_sent: None) -> None:
    values = {"name": "新人 花", "email": "hana@example.jp", **typed("viewer")}
    sent = aiko.post(f"{OPERATORS}new/", values)
    assert (sent.status_code, sent.headers["Location"]) == (302, OPERATORS)
    [message] = mail.outbox
    assert (message.to, message.subject) == (
        ["hana@example.jp"],
        "【Tsunagi】さくら商店への招待",
    )
    link = re.search(r"https?://[^/]+(/join/sakura/\S+)", message.body)
    assert link, message.body
    assert "店長 愛子さんが、さくら商店" in message.body
    visitor = Client()
    opened = visitor.get(link[1])
    assert (opened.status_code, opened.headers["Location"]) == (302, "/join/accept/")
    data = {
        "name": "花",
        "login_id": "hana",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
    }
    assert visitor.post("/join/accept/", data).status_code == 302
    hana = Operator.objects.get(login_id="hana")
    assert (hana.email, seat_of(hana).role) == ("hana@example.jp", "viewer")


def test_who_has_a_login_joins_with_it(
    sakura: Tenant, cast: Cast, aiko: Client, oscar: Client
) -> None:
    code = read_code(aiko.post(f"{OPERATORS}new/", {"name": "修", **typed("manager")}))
    oscar.post("/join/", {"shop": "sakura", "code": code})
    assert (
        "店長として招待されています。ログイン中の他店 修さん"
        in oscar.get("/join/accept/").content.decode()
    )
    joined = oscar.post("/join/accept/")
    assert (joined.status_code, joined.headers["Location"]) == (302, "/t/sakura/")
    assert seat_of(cast.oscar).role == "manager"
    cast.oscar.refresh_from_db()
    assert cast.oscar.made_by is None


def test_a_login_id_that_is_taken(sakura: Tenant, aiko: Client) -> None:
    code = read_code(aiko.post(f"{OPERATORS}new/", {"name": "花", **typed()}))
    refused = join_with(code, login_id="oscar")[1]
    assert refused.status_code == 422
    assert "このログインIDは使われています。" in refused.content.decode()
    assert Seat.objects.count() == 3


@pytest.mark.parametrize("code", ["", "AAAA-BBBB-CCCC-DDDD", "<b>"])
def test_a_wrong_code(sakura: Tenant, code: str) -> None:
    refused = Client().post("/join/", {"shop": "sakura", "code": code})
    assert refused.status_code == 422
    assert Client().get("/join/accept/").status_code == 410


def test_a_code_is_of_one_shop(cast: Cast, aiko: Client) -> None:
    code = read_code(aiko.post(f"{OPERATORS}new/", {"name": "花", **typed()}))
    assert Client().post("/join/", {"shop": "momiji", "code": code}).status_code == 422
    assert Client().get(f"/join/momiji/{code}/").status_code == 410
    assert Client().get(f"/join/sakura/{code.lower()}/").status_code == 302


def test_guessing_is_slowed_down(sakura: Tenant) -> None:
    visitor = Client()
    tries = [
        visitor.post("/join/", {"shop": "sakura", "code": "A" * 16}).status_code
        for _number in range(21)
    ]
    assert (set(tries[:20]), tries[20]) == ({422}, 429)
    cache.clear()
    opened = [
        visitor.get(f"/join/sakura/{'A' * 16}/").status_code for _number in range(21)
    ]
    assert (set(opened[:20]), opened[20]) == ({410}, 429)


def test_a_cancelled_or_late_invitation(sakura: Tenant, aiko: Client) -> None:
    first, second = (
        read_code(aiko.post(f"{OPERATORS}new/", {"name": name, **typed()}))
        for name in ("花", "咲")
    )
    row = AccessCode.objects.get(name="花")
    assert (
        aiko.post(f"{OPERATORS}invitations/{row.public_id}/cancel/").status_code == 302
    )
    AccessCode.objects.filter(name="咲").update(expires_at=timezone.now())
    for code in (first, second):
        assert Client().get(f"/join/sakura/{code}/").status_code == 410


def test_two_hundred_and_no_more(
    sakura: Tenant, aiko: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invite.MOST_SEATS == 200
    monkeypatch.setattr(invite, "MOST_SEATS", 4)
    read_code(aiko.post(f"{OPERATORS}new/", {"name": "花", **typed()}))
    refused = aiko.post(f"{OPERATORS}new/", {"name": "咲", **typed()})
    assert refused.status_code == 422
    assert AccessCode.objects.count() == 1


# ---------------------------------------------------------------- changing
def test_a_right_taken_away_acts_at_the_next_request(
    sakura: Tenant, cast: Cast, aiko: Client, ed: Client
) -> None:
    steps = "/t/sakura/messages/steps/new/"
    assert ed.get(steps).status_code == 200
    assert aiko.post(page_of(cast.ed), typed("staff", send="off")).status_code == 302
    assert ed.get(steps).status_code == 403
    aiko.post(page_of(cast.ed), typed("viewer", send="on"))
    assert ed.get(steps).status_code == 200
    assert ed.get("/t/sakura/members/tags/new/").status_code == 403
    entries = AuditEntry.objects.filter(action="seat.changed").order_by("pk")
    assert [(entry.data["before"], entry.data["after"]) for entry in entries] == [
        ({"role": "staff", "rights": {}}, {"role": "staff", "rights": {"send": False}}),
        (
            {"role": "staff", "rights": {"send": False}},
            {"role": "viewer", "rights": {"send": True}},
        ),
    ]


def test_switched_off_and_on_again(
    sakura: Tenant, cast: Cast, aiko: Client, ed: Client
) -> None:
    switch = f"{page_of(cast.ed)}switch/"
    aiko.post(switch)
    assert ed.get("/t/sakura/members/").status_code == 404
    assert "所属しているショップがありません" in ed.get("/shops/").content.decode()
    aiko.post(switch)
    assert ed.get("/t/sakura/members/").status_code == 200


def test_removed(sakura: Tenant, cast: Cast, aiko: Client, ed: Client) -> None:
    aiko.post(f"{page_of(cast.ed)}remove/")
    assert ed.get("/t/sakura/members/").status_code == 404
    assert Operator.objects.filter(pk=cast.ed.pk).exists()
    entry = AuditEntry.objects.get(action="seat.removed")
    assert entry.data == {"of": cast.ed.pk, "role": "staff"}


def test_nobody_changes_themselves_and_an_owner_stays(
    sakura: Tenant, cast: Cast, aiko: Client
) -> None:
    assert aiko.post(page_of(cast.aiko), typed("staff")).status_code == 422
    for verb in ("switch", "remove"):
        aiko.post(f"{page_of(cast.aiko)}{verb}/")
    assert (seat_of(cast.aiko).role, seat_of(cast.aiko).off_at) == ("owner", None)


def test_a_manager_manages_staff_alone(sakura: Tenant, cast: Cast, ed: Client) -> None:
    Seat.objects.filter(operator=cast.ed).update(role=Role.MANAGER)
    assert ed.post(page_of(cast.aiko), typed("staff")).status_code == 422
    assert ed.post(page_of(cast.vic), typed("owner")).status_code == 422
    assert ed.post(page_of(cast.vic), typed("staff", connect="on")).status_code == 422
    assert (
        ed.post(f"{OPERATORS}new/", {"name": "花", **typed("manager")}).status_code
        == 422
    )
    assert (seat_of(cast.aiko).role, seat_of(cast.vic).role) == ("owner", "viewer")
    assert ed.post(page_of(cast.vic), typed("staff", export="on")).status_code == 302
    assert (seat_of(cast.vic).role, seat_of(cast.vic).rights) == (
        "staff",
        {"export": True},
    )


def limit(operator: Operator, role: Role, **rights: bool) -> None:
    Seat.objects.filter(operator=operator).update(role=role, rights=rights)


def test_nobody_gives_by_a_role_what_they_have_not(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    limit(cast.ed, Role.MANAGER, personal=False)
    refused = ed.post(f"{OPERATORS}new/", {"name": "花", **typed("staff")})
    assert refused.status_code == 422
    assert "個人情報の表示" in refused.content.decode()
    limit(cast.vic, Role.VIEWER)
    assert ed.post(page_of(cast.vic), typed("staff")).status_code == 422
    assert ed.post(page_of(cast.vic), typed("staff", personal="off")).status_code == 302
    assert seat_of(cast.vic).rights == {"personal": False}
    # What somebody else gave stays while another right is changed.
    limit(cast.vic, Role.STAFF, connect=True)
    kept = typed("staff", connect="on", send="off")
    assert ed.post(page_of(cast.vic), kept).status_code == 302
    assert seat_of(cast.vic).rights == {"connect": True, "send": False}


def test_an_owner_with_every_right_stays(
    sakura: Tenant, cast: Cast, aiko: Client, ed: Client
) -> None:
    limit(cast.ed, Role.OWNER, personal=False)
    assert (
        ed.post(page_of(cast.aiko), typed("owner", personal="off")).status_code == 422
    )
    ed.post(f"{page_of(cast.aiko)}remove/")
    assert (seat_of(cast.aiko).role, seat_of(cast.aiko).rights) == ("owner", {})
    assert aiko.post(page_of(cast.ed), typed("owner")).status_code == 302
    assert ed.post(page_of(cast.aiko), typed("staff")).status_code == 302


@pytest.mark.parametrize("act", ["remove", "switch", "change"])
def test_whoever_loses_rights_has_no_code_to_come_back_with(
    sakura: Tenant, cast: Cast, aiko: Client, ed: Client, act: str
) -> None:
    limit(cast.ed, Role.MANAGER)
    Operator.objects.filter(pk=cast.vic.pk).update(made_by=sakura)
    codes = [
        read_code(ed.post(f"{OPERATORS}new/", {"name": "花", **typed()})),
        read_code(ed.post(f"{page_of(cast.vic)}reset/")),
    ]
    if act == "change":
        aiko.post(page_of(cast.ed), typed("staff"))
    else:
        aiko.post(f"{page_of(cast.ed)}{act}/")
    opened = [Client().get(f"/join/sakura/{code}/").status_code for code in codes]
    assert opened == [410, 410]
    entry = AuditEntry.objects.get(action="seat.invitation_cancelled")
    assert entry.operator == cast.aiko


# ---------------------------------------------------------------- without a mail
@pytest.mark.parametrize("why", ["elsewhere", "platform", "more rights"])
def test_no_password_that_opens_more_than_the_shop(
    cast: Cast, ed: Client, why: str
) -> None:
    made = {"made_by": cast.sakura, "is_platform": why == "platform"}
    Operator.objects.filter(pk=cast.vic.pk).update(**made)
    if why == "elsewhere":
        with open_tenant_scope(cast.momiji):
            Seat.objects.create(operator=cast.vic, role=Role.OWNER)
    with open_tenant_scope(cast.sakura):
        limit(cast.ed, Role.MANAGER, personal=why != "more rights")
        limit(cast.vic, Role.STAFF)
        page = page_of(cast.vic)
        ed.post(f"{page}reset/")
        renamed = ed.post(f"{page}login/", {"name": "別", "login_id": "betsu"})
        assert (AccessCode.objects.count(), renamed.status_code) == (0, 422)
    said = "あなたが持っていない権限" if why == "more rights" else "別のショップでも"
    assert said in ed.get(page).content.decode()


def test_a_reset_lets_in_whom_others_locked_out(
    sakura: Tenant, cast: Cast, aiko: Client
) -> None:
    Operator.objects.filter(pk=cast.ed.pk).update(made_by=sakura, email="")
    for _ in range(7):
        Client().post("/login/", {"login": "ed", "password": "wrong wrong wrong"})
    code = read_code(aiko.post(f"{page_of(cast.ed)}reset/"))
    visitor = Client()
    visitor.post("/join/", {"shop": "sakura", "code": code})
    typed_twice = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    visitor.post("/join/accept/", typed_twice)
    visitor.post("/login/", {"login": "ed", "password": NEW_PASSWORD})
    assert visitor.get("/t/sakura/members/").status_code == 200


def test_a_password_is_reissued_without_mail(
    sakura: Tenant, cast: Cast, aiko: Client, ed: Client
) -> None:
    Operator.objects.filter(pk=cast.ed.pk).update(made_by=sakura, email="")
    older = read_code(aiko.post(f"{page_of(cast.ed)}reset/"))
    code = read_code(aiko.post(f"{page_of(cast.ed)}reset/"))
    assert Client().get(f"/join/sakura/{older}/").status_code == 410
    visitor = Client()
    visitor.post("/join/", {"shop": "sakura", "code": code})
    data = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert visitor.post("/join/accept/", data).headers["Location"] == "/login/"
    cast.ed.refresh_from_db()
    assert cast.ed.check_password(NEW_PASSWORD)
    # The session with the old password has ended.
    assert ed.get("/t/sakura/members/").status_code == 302
    actions = AuditEntry.objects.filter(action__startswith="seat.reset").order_by("pk")
    assert [(each.action, each.operator.login_id) for each in actions] == [  # type: ignore[union-attr]
        ("seat.reset_started", "aiko"),
        ("seat.reset_started", "aiko"),
        ("seat.reset_used", "ed"),
    ]
    assert visitor.post("/join/accept/", data).status_code == 410


def test_a_reset_with_a_code_is_told_to_the_operator(
    sakura: Tenant, cast: Cast, aiko: Client, now_sent: None
) -> None:
    Operator.objects.filter(pk=cast.ed.pk).update(made_by=sakura, email="ed@x.jp")
    code = read_code(aiko.post(f"{page_of(cast.ed)}reset/"))
    assert mail.outbox == []
    visitor = Client()
    visitor.post("/join/", {"shop": "sakura", "code": code})
    visitor.post(
        "/join/accept/", {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    )
    (told,) = mail.outbox
    assert told.to == ["ed@x.jp"]
    assert "オーナーが発行したコードで、パスワードが変更されました。" in told.body
    assert code not in told.body and "127.0.0.1" in told.body


def test_no_owner_resets_whom_another_shop_made(
    sakura: Tenant, cast: Cast, aiko: Client
) -> None:
    Operator.objects.filter(pk=cast.ed.pk).update(made_by=cast.momiji)
    aiko.post(f"{page_of(cast.ed)}reset/")
    changed = aiko.post(
        f"{page_of(cast.ed)}login/", {"name": "別", "login_id": "betsu"}
    )
    assert (AccessCode.objects.count(), changed.status_code) == (0, 422)
    cast.ed.refresh_from_db()
    assert (cast.ed.name, cast.ed.login_id) == ("江戸 次郎", "ed")
    assert (
        "このログインは別のショップで作られたため"
        in aiko.get(page_of(cast.ed)).content.decode()
    )


def test_name_and_login_id_are_changed(
    sakura: Tenant, cast: Cast, aiko: Client
) -> None:
    Operator.objects.filter(pk=cast.ed.pk).update(made_by=sakura)
    there = f"{page_of(cast.ed)}login/"
    assert (
        aiko.post(there, {"name": "江戸 太郎", "login_id": "taro"}).status_code == 302
    )
    cast.ed.refresh_from_db()
    assert (cast.ed.name, cast.ed.login_id) == ("江戸 太郎", "taro")
    assert aiko.post(there, {"name": "江戸", "login_id": "oscar"}).status_code == 422
    assert client_for(cast.ed).get("/t/sakura/members/").status_code == 200


def test_an_old_code_opens_nothing_after_the_operator_left(
    sakura: Tenant, cast: Cast, aiko: Client
) -> None:
    Operator.objects.filter(pk=cast.ed.pk).update(made_by=sakura)
    code = read_code(aiko.post(f"{page_of(cast.ed)}reset/"))
    aiko.post(f"{page_of(cast.ed)}remove/")
    assert Client().get(f"/join/sakura/{code}/").status_code == 410
    cast.ed.refresh_from_db()
    assert cast.ed.check_password(PASSWORD)
