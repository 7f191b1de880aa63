"""メールの送信停止: its list, one address more by hand, and the condition that asks for it."""

from typing import Any

from django.test import Client

from members.conditions.sentences import describe_condition
from members.conditions.sql import filter_members
from members.models import Member
from messaging.models import Suppression
from messaging.suppression.manage import lift_suppression, suppress_address
from operators.models import AuditEntry, Seat
from tenants.models import Tenant
from tests.conftest import Cast

PAGE = "/t/sakura/messages/suppressions/"
NEW = f"{PAGE}new/"


def find_rows(client: Client, **query: str) -> list[str]:
    """The addresses on the page, newest first."""
    return [row.address for row in client.get(PAGE, query).context["page"].rows]


def test_it_is_listed_narrowed_and_searched(sakura: Tenant, aiko: Client) -> None:
    suppress_address("a@example.jp", "bounce", "550 5.1.1 No such user")
    suppress_address("b@example.jp", "unsubscribed")
    lift_suppression(suppress_address("c@example.org", "by_hand"))
    assert find_rows(aiko) == ["c@example.org", "b@example.jp", "a@example.jp"]
    assert find_rows(aiko, reason="unsubscribed") == ["b@example.jp"]
    assert find_rows(aiko, state="lifted") == ["c@example.org"]
    there = aiko.post(PAGE, {"q": "EXAMPLE.jp"})["Location"]
    assert "example" not in there.lower().replace("/t/", "")
    found = aiko.get(there).context["page"].rows
    assert [row.address for row in found] == ["b@example.jp", "a@example.jp"]
    assert "550 5.1.1 No such user" in aiko.get(PAGE).content.decode()


def test_who_sees_no_addresses_finds_whole_ones_alone(
    sakura: Tenant, cast: Cast, vic: Client
) -> None:
    Seat.objects.filter(operator=cast.vic).update(rights={"personal": False})
    suppress_address("hanako@example.jp", "bounce", "550 <hanako@example.jp>: unknown")
    seen = vic.get(PAGE).content.decode()
    assert ("ha***@example.jp" in seen, "hanako" in seen) == (True, False)
    assert "送信を再開する" not in seen
    for text, count in (("hana", 0), ("Hanako@example.jp", 1)):
        page = vic.get(vic.post(PAGE, {"q": text})["Location"]).context["page"]
        assert (text, len(page.rows)) == (text, count)


def test_an_address_is_added_by_hand_and_taken_off(
    sakura: Tenant, aiko: Client
) -> None:
    typed = {"mail_address": " Ｈanako@Example.jp ", "note": "電話で依頼"}
    assert aiko.post(NEW, typed)["Location"] == PAGE
    held = Suppression.objects.get()
    assert (held.address, held.reason, held.note, held.created_by.login_id) == (
        "hanako@example.jp",
        "by_hand",
        "電話で依頼",
        "aiko",
    )
    again = aiko.post(NEW, typed)
    assert (again.status_code, list(again.context["form"].errors)) == (
        422,
        ["mail_address"],
    )
    assert aiko.post(NEW, {"mail_address": "花子"}).status_code == 422
    lift = f"{PAGE}{held.public_id}/lift/"
    assert aiko.post(lift, {"next": PAGE})["Location"] == PAGE
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "suppression.added",
        "suppression.lifted",
    ]
    page = aiko.get(PAGE).content.decode()
    name = Seat.objects.get(operator__login_id="aiko").operator.name
    assert ("解除済み" in page, page.count(name) > 1) == (True, True)


def test_who_may_only_look_adds_none(sakura: Tenant, vic: Client) -> None:
    assert vic.post(NEW, {"mail_address": "a@example.jp"}).status_code == 403
    assert Suppression.objects.count() == 0


def test_the_condition_asks_for_what_holds_now(sakura: Tenant) -> None:
    for name in "abcd":
        Member.objects.create(
            name=name, email=f"{name}@example.jp", email_key=f"{name}@example.jp"
        )
    Member.objects.create(name="e")
    suppress_address("a@example.jp", "bounce")
    suppress_address("b@example.jp", "unsubscribed")
    lift_suppression(suppress_address("c@example.jp", "unsubscribed"))

    def find_names(op: str, *reasons: str) -> str:
        asked: Any = {"field": "mail_held", "op": op, "value": list(reasons)}
        found = filter_members(Member.objects.all(), asked)
        return "".join(sorted(found.values_list("name", flat=True)))

    assert find_names("in", "unsubscribed") == "b"
    assert find_names("in", "bounce", "unsubscribed") == "ab"
    assert find_names("not_in", "unsubscribed") == "acde"
    assert describe_condition(
        {"field": "mail_held", "op": "in", "value": ["unsubscribed"]}
    ) == ("メールの送信停止（配信停止で停止中）の会員")
