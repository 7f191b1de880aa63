"""申請一覧: entered, listed, looked at, decided, stopped."""

from typing import Any

import pytest
from django.test import Client

from cartsync.models import Cart
from members.models import Member, Tag
from members.usage.tags import find_tag_usage
from operators.models import AuditEntry, Seat
from rpa.models import CancellationRequest, RpaSettings
from rpa.requests.messages import write_refusal
from tenants.models import Wakeup
from tests.filtering import FRIDAY, SATURDAY

LIST, NEW = "/t/sakura/rpa/requests/", "/t/sakura/rpa/requests/new/"
pytestmark = pytest.mark.usefixtures("sakura")


def make_request(cart: Cart, **values: Any) -> CancellationRequest:
    given = {
        "kind": "cancel",
        "given": {"email": "a@example.jp"},
        "received_at": FRIDAY,
    }
    return CancellationRequest.objects.create(cart=cart, **given | values)


CANDIDATES = {
    "rows": [
        {
            "id": "7",
            "number": "C7",
            "name": "髙橋 花子",
            "email": "a@example.jp",
            "phone": "",
            "subscriptions": [
                {"id": "41", "product": "青汁", "state": "active", "next_at": None}
            ],
        }
    ]
}


def test_an_operator_enters_a_request(ed: Client, cart: Cart) -> None:
    values = {
        "cart": cart.public_id,
        "kind": "cancel",
        "email": "Ａ@example.jp",
        "product": "青汁",
    }
    answer = ed.post(NEW, values)
    made = CancellationRequest.objects.get()
    assert answer.headers["Location"] == f"{LIST}{made.public_id}/"
    assert (made.state, made.kind, made.product) == ("received", "cancel", "青汁")
    assert made.given == {"email": "A@example.jp"}
    assert made.made_by and made.made_by.login_id == "ed"
    assert Wakeup.objects.filter(kind="rpa.work", subject=made.pk).count() == 1
    entry = AuditEntry.objects.get(action__startswith="rpa.")
    assert (entry.action, entry.data) == ("rpa.received", {"kind": "cancel"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "x@"}, "email"),
        ({"kind": "next_date"}, "wanted_date"),
        ({"kind": "next_date", "wanted_date": "2020-01-01"}, "wanted_date"),
        ({"kind": "change_cycle"}, "every_days"),
    ],
)
def test_what_is_missing_is_said(
    ed: Client, cart: Cart, changes: dict[str, str], field: str
) -> None:
    values = {"cart": cart.public_id, "kind": "cancel", "email": "a@example.jp"}
    answer = ed.post(NEW, values | changes)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert CancellationRequest.objects.count() == 0


def test_tabs_and_filters(vic: Client, cart: Cart) -> None:
    for state, kind in (
        ("person", "cancel"),
        ("received", "pause"),
        ("verified", "skip"),
    ):
        make_request(cart, state=state, kind=kind)
    make_request(cart, state="person", received_at=SATURDAY)

    def list_states(query: str) -> list[str]:
        page = vic.get(LIST + query).context["page"]
        return sorted(row.state for row in page.rows)

    assert list_states("") == ["person", "person", "received", "verified"]
    assert list_states("?view=person") == ["person", "person"]
    assert list_states("?view=open") == ["received"]
    assert list_states("?view=ended") == ["verified"]
    assert list_states("?kind=skip") == ["verified"]
    assert list_states("?view=person&received_from=2026-11-21") == ["person"]
    tabs = vic.get(LIST).context["tabs"]
    assert [tab["count"] for tab in tabs] == [2, 1, 1, 4]


@pytest.mark.parametrize(
    ("state", "shown"),
    [("received", "受付"), ("offered", "ご案内中"), ("verified", ""), ("person", "")],
)
def test_how_far_an_open_request_is(
    vic: Client, cart: Cart, state: str, shown: str
) -> None:
    """One that waits for its customer is told from one that the robot has not begun."""
    made = make_request(cart, state=state)
    assert made.progress == shown
    facts = vic.get(f"{LIST}{made.public_id}/").context["facts"]
    said = [fact.value for fact in facts if fact.label == "進み具合"]
    assert said == ([shown] if shown else [])


def test_a_request_is_found_by_what_somebody_on_the_telephone_says(
    vic: Client, cart: Cart
) -> None:
    member = Member.objects.create(name="髙橋 花子", name_key="高橋花子")
    first = make_request(cart, member=member, product="めぐり茶 30包")
    second = make_request(
        cart, customer_number="C-10423", before={"product": "うるおい美容液"}
    )

    def find(text: str) -> list[int]:
        page = vic.get(vic.post(LIST, {"q": text})["Location"]).context["page"]
        return [row.pk for row in page.rows]

    for text in (first.public_id, "めぐり茶", "高橋花子"):
        assert find(text) == [first.pk]
    for text in (second.public_id, "C-10423", "美容液"):
        assert find(text) == [second.pk]
    assert find("どこにもない語") == []


def test_candidates_stand_side_by_side_and_one_is_chosen(
    ed: Client, cart: Cart
) -> None:
    found = make_request(cart, state="person", why="several", candidates=CANDIDATES)
    page = ed.get(f"{LIST}{found.public_id}/").content.decode()
    assert "条件に合う顧客が2人以上います。" in page
    assert "髙橋 花子" in page
    ed.post(f"{LIST}{found.public_id}/choose/", {"subscription": "41"})
    found.refresh_from_db()
    assert (found.state, found.subscription_external_id) == ("identified", "41")
    assert found.decided_by and found.decided_by.login_id == "ed"
    assert AuditEntry.objects.filter(action="rpa.chosen").count() == 1


def test_who_only_looks_sees_no_contact(vic: Client, cart: Cart) -> None:
    Seat.objects.filter(operator__login_id="vic").update(rights={})
    found = make_request(cart, state="person", why="several", candidates=CANDIDATES)
    page = vic.get(f"{LIST}{found.public_id}/").content.decode()
    assert ("髙橋" in page, "a@example.jp" in page) == (False, False)
    assert vic.post(f"{LIST}{found.public_id}/close/", {}).status_code == 403


def test_a_request_is_ended_by_hand(ed: Client, cart: Cart) -> None:
    found = make_request(cart, state="person", why="none")
    answer = ed.post(f"{LIST}{found.public_id}/close/", {"how": "bad"})
    assert answer.status_code == 422
    ed.post(f"{LIST}{found.public_id}/close/", {"how": "done", "note": "電話で済んだ"})
    found.refresh_from_db()
    assert (found.state, found.why) == ("closed", "closed_done")
    page = ed.get(f"{LIST}{found.public_id}/").content.decode()
    assert ("電話で済んだ" in page, "江戸 次郎" in page) == (True, True)


def test_what_is_being_sent_cannot_be_ended(ed: Client, cart: Cart) -> None:
    found = make_request(cart, state="submitting")
    assert not ed.get(f"{LIST}{found.public_id}/").context["may_close"]
    ed.post(f"{LIST}{found.public_id}/close/", {"how": "not"})
    found.refresh_from_db()
    assert found.state == "submitting"


def test_everybody_who_edits_stops_and_only_who_may_run_live_starts(
    ed: Client, aiko: Client
) -> None:
    switch = "/t/sakura/rpa/switch/"
    ed.post(switch, {"run": "0"})
    assert RpaSettings.objects.get().stopped_at is not None
    ed.post(switch, {"run": "1"})
    assert RpaSettings.objects.get().stopped_at is not None
    aiko.post(switch, {"run": "1"})
    assert RpaSettings.objects.get().stopped_at is None
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["rpa.stopped", "rpa.started"]


def test_live_needs_its_right(ed: Client, aiko: Client) -> None:
    live = "/t/sakura/rpa/settings/live/"
    assert ed.post(live, {"live": "1"}).status_code == 403
    assert not RpaSettings.load().is_live
    aiko.post(live, {"live": "1"})
    assert RpaSettings.load().is_live


def test_rules_are_saved_or_refused_with_the_reason(aiko: Client) -> None:
    rules = "/t/sakura/rpa/settings/rules/"
    values = {"days_before": "7", "evidence_days": "180", "opens_at": "09:00"}
    answer = aiko.post(rules, values)
    assert answer.status_code == 422
    assert list(answer.context["rules_form"].errors) == ["closes_at"]
    aiko.post(rules, values | {"closes_at": "18:00", "respects_obligation": "on"})
    stored = RpaSettings.objects.get()
    assert (stored.days_before, stored.respects_obligation) == (7, True)
    assert (stored.refuses_in_shipment, stored.opens_at.hour) == (False, 9)
    assert (stored.offers, stored.refusal_texts) == ([], {})
    own = {
        "offers_skip": "on",
        "text_obliged": "あと少しです。",
        "closes_at": "18:00",
        "contact_phone": "0120-1",
        "offer_tag": "解約の抑止",
    }
    aiko.post(rules, values | own)
    stored.refresh_from_db()
    assert (stored.offers, stored.refusal_texts) == (
        ["skip"],
        {"obliged": "あと少しです。"},
    )
    assert write_refusal("obliged") == "あと少しです。"
    assert stored.offer_tag == Tag.objects.get(name="解約の抑止")
    shown = aiko.get("/t/sakura/rpa/settings/").context["rules_form"].initial
    assert (shown["offers_skip"], shown["text_obliged"]) == (True, "あと少しです。")
    assert shown["offer_tag"] == "解約の抑止"
    # Nobody deletes it while it is used here.
    tag = stored.offer_tag
    (use,) = find_tag_usage([tag])[tag.pk]
    assert use.name == "RPAの基本設定"
    own["offer_tag"] = ""
    aiko.post(rules, values | own)
    stored.refresh_from_db()
    assert stored.offer_tag is None


def test_an_offer_says_nowhere_that_one_cannot_cancel(aiko: Client) -> None:
    values = {"days_before": "0", "evidence_days": "180"}
    values["offer_text"] = "お電話でないと解約はできません。"
    answer = aiko.post("/t/sakura/rpa/settings/rules/", values)
    assert answer.status_code == 422
    said = answer.context["rules_form"].errors["offer_text"][0]
    assert said.startswith("「解約はできません」は、解約できないと思わせる文です。")
    assert "お電話でないと解約はできません。" in answer.content.decode()


def test_reasons_of_the_cart_are_named_a_line_each(aiko: Client) -> None:
    rules = "/t/sakura/rpa/settings/rules/"
    values = {"days_before": "0", "evidence_days": "180"}
    wrong = aiko.post(rules, values | {"reasons_cancel": "余っている＝3\n旅行"})
    assert wrong.status_code == 422
    (said,) = wrong.context["rules_form"].errors["reasons_cancel"]
    assert said.startswith("「旅行」に理由IDがありません。")
    good = {"reasons_cancel": "商品が余っている ＝ １２\n\nA=B＝c-4"}
    aiko.post(rules, values | good)
    stored = RpaSettings.objects.get()
    named = [["商品が余っている", "12"], ["A=B", "c-4"]]
    assert stored.reason_ids == {"cancel": named, "pause": []}
    shown = aiko.get("/t/sakura/rpa/settings/").context["rules_form"].initial
    assert shown["reasons_cancel"] == "商品が余っている＝12\nA=B＝c-4"
