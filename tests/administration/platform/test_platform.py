"""The platform's own side: who sees it, what it shows, and the way into a shop for support."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from administration.models import Application, PlanChange, ShopDay
from administration.platform.count import count_shop_day
from administration.platform.figures import compute_times
from administration.platform.support import describe_entered, end_support
from administration.shops.erase import erase_shop
from members.models import Member, Segment, Tag
from messaging.models import Delivery, LineAccount
from operators.models import AuditEntry, Notice, Seat
from operators.seats.invite import count_taken_seats
from tenants.models import Plan, Tenant
from tenants.scope import open_tenant_scope
from tests.administration.today.test_today import book
from tests.conftest import Cast, client_for
from tests.messaging.conftest import account, line, one_sandbox
from tests.walls.test_filters import ODD, Page, check_answer
from tests.walls.test_urls import addresses, takes_posts

__all__ = ["account", "line", "one_sandbox"]
HOME, SHOP = "/platform/", "/platform/shops/sakura/"
PAGES = (
    HOME,
    SHOP,
    "/platform/applications/",
    "/platform/plans/",
    "/platform/plans/trial/",
)
REASON = {"reason": "フォームが開けないとのお問い合わせ", "minutes": "30"}


@pytest.fixture
def staff(cast: Cast) -> Client:
    """Oscar, who works on the platform's side."""
    call_command("grant_platform", "oscar")
    Authenticator.objects.create(user=cast.oscar, type=Authenticator.Type.TOTP, data={})
    return client_for(cast.oscar)


def test_nobody_else_finds_it(cast: Cast, aiko: Client, oscar: Client) -> None:
    posts = (f"{SHOP}plan/", f"{SHOP}enter/", f"{SHOP}leave/")
    assert {aiko.get(page).status_code for page in PAGES} == {404}
    assert {aiko.post(page).status_code for page in posts} == {404}
    assert Client().get(HOME).url == "/login/?next=/platform/"  # type: ignore[attr-defined]
    call_command("grant_platform", "oscar")
    answer = oscar.get(HOME)
    assert (answer.status_code, answer.url) == (302, "/account/")  # type: ignore[attr-defined]
    Authenticator.objects.create(user=cast.oscar, type=Authenticator.Type.TOTP, data={})
    assert {oscar.get(page).status_code for page in PAGES} == {200}
    call_command("grant_platform", "oscar", "--revoke")
    assert {oscar.get(page).status_code for page in PAGES} == {404}


def test_a_night_counts_the_day_before(sakura: Tenant, account: LineAccount) -> None:
    for number in range(3):
        Member.objects.create(
            line_user_id=f"U{number:032}", line_state=Member.LineState.FRIEND
        )
    Member.objects.create(name="友だちでない方")
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    sent, booked = Delivery.State.SENT, Delivery.State.SCHEDULED
    minute = timedelta(minutes=1)
    for state, at in (
        (sent, -minute),
        (sent, -24 * 60 * minute),
        (sent, 0 * minute),
        (booked, -minute),
        (sent, -24 * 60 * minute - minute),
    ):
        book(account, state, midnight + at)
    assert count_shop_day(sakura) == midnight + timedelta(days=1, minutes=20)
    count_shop_day(sakura)
    day = ShopDay.objects.get()
    assert (day.day, day.members, day.friends, day.operators, day.sent) == (
        (midnight - timedelta(days=1)).date(),
        4,
        3,
        3,
        2,
    )


@pytest.mark.parametrize(
    ("sent", "others", "count", "times"),
    [
        (40_000, 20_000, 2, 4.0),
        (30_000, 20_000, 2, 0),
        (1000, 2, 2, 0),
        (1001, 2, 2, 1001.0),
        (9999, 0, 0, 0),
    ],
)
def test_far_above_the_average(
    sent: int, others: int, count: int, times: float
) -> None:
    assert compute_times(sent, others, count) == times


def test_shops_with_their_figures(cast: Cast, staff: Client) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    for shop, sent in ((cast.sakura, 50_000), (cast.momiji, 100)):
        ShopDay.objects.create(
            shop=shop, day=yesterday, members=1234, friends=9, operators=3, sent=sent
        )
    rows = staff.get(HOME).context["rows"]
    assert [(row.shop.slug, row.members, row.sent, row.times) for row in rows] == [
        ("sakura", 1234, 50_000, 500.0),
        ("momiji", 1234, 100, 0),
    ]
    page = staff.get(f"{HOME}?q=momi&state=open").context["rows"]
    assert [row.shop.slug for row in page] == ["momiji"]
    assert staff.get(f"{HOME}?state=closed").context["rows"] == []
    assert "平均の500.0倍" in staff.get(SHOP).content.decode()


@pytest.mark.parametrize("what", ODD)
def test_odd_values_are_answered_with_the_cause(staff: Client, what: str) -> None:
    page = Page(staff, HOME, staff.get(HOME).context["filters"])
    check_answer(
        page, {"q": "q", "state": "state"}, what, {"q": ODD[what], "state": ODD[what]}
    )


def test_in_for_support_and_out_again(cast: Cast, staff: Client, aiko: Client) -> None:
    assert staff.get("/t/sakura/today/").status_code == 404
    assert staff.post(f"{SHOP}enter/", {"minutes": "30"}).status_code == 422
    assert staff.post(f"{SHOP}enter/", {**REASON, "minutes": "90"}).status_code == 422
    assert staff.post(f"{SHOP}enter/", REASON).url == "/t/sakura/"  # type: ignore[attr-defined]
    with open_tenant_scope(cast.sakura):
        Member.objects.create(name="佐藤 花子", email="hanako@example.jp")
        assert count_taken_seats() == 3
        notice = Notice.objects.get(kind="support.entered")
        assert REASON["reason"] in describe_entered([notice])[notice.pk].detail
        line = AuditEntry.objects.get(action="support.entered")
        assert (line.operator, line.data["minutes"], line.source) == (
            cast.oscar,
            30,
            "platform",
        )
    page = staff.get("/t/sakura/members/").content.decode()
    assert ("佐藤 花子" in page, "hanako@example.jp" in page) == (False, False)
    assert staff.get("/t/sakura/messages/accounts/").status_code == 200
    assert (
        staff.post("/t/sakura/members/tags/new/", {"name": "悪い"}).status_code == 403
    )
    assert (
        staff.post("/t/sakura/settings/security/", {"roles": "owner"}).status_code
        == 403
    )
    assert staff.get("/t/sakura/members/export/").status_code == 403
    seen = aiko.get("/t/sakura/settings/operators/").content.decode()
    assert ("サポート" in seen, REASON["reason"] in seen) == (True, True)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert staff.get("/t/sakura/today/").status_code in (302, 404)
        with open_tenant_scope(cast.sakura):
            assert end_support() is None
            assert not Seat.objects.filter(operator=cast.oscar).exists()
            assert AuditEntry.objects.filter(action="support.ended").count() == 1
            assert not Tag.objects.exists()


def test_a_visit_is_ended_before_its_time(cast: Cast, staff: Client) -> None:
    staff.post(f"{SHOP}enter/", REASON)
    again = staff.post(f"{SHOP}enter/", REASON)
    assert (
        again.status_code,
        "すでにこのショップに入れます" in again.content.decode(),
    ) == (422, True)
    assert "サポートを終える" in staff.get(SHOP).content.decode()
    staff.post(f"{SHOP}leave/")
    assert staff.get("/t/sakura/today/").status_code == 404
    assert staff.get("/t/momiji/today/").status_code == 200


def test_an_application_is_decided_once(cast: Cast, staff: Client) -> None:
    plan = Plan.objects.get(code="premium")
    made = Application.objects.create(
        shop=cast.sakura,
        plan=plan,
        company="さくら商店",
        contact="愛子",
        email="a@example.jp",
    )
    page = f"/platform/applications/{made.pk}/decide/"
    assert "さくら商店" in staff.get("/platform/applications/").content.decode()
    staff.post(page, {"accept": "1", "answer": "どうぞ"})
    staff.post(page, {"decline": "1"})
    made.refresh_from_db()
    assert (made.state, made.answer, made.decided_by) == (
        "accepted",
        "どうぞ",
        cast.oscar,
    )
    assert Tenant.objects.get(slug="sakura").plan == plan


def test_plans_are_changed_and_given(cast: Cast, staff: Client) -> None:
    staff.post(
        "/platform/plans/trial/",
        {"name": "体験", "member_limit": "50", "operator_limit": ""},
    )
    plan = Plan.objects.get(code="trial")
    assert (plan.name, plan.member_limit, plan.operator_limit) == ("体験", 50, None)
    change = PlanChange.objects.get(plan=plan)
    assert change.operator == cast.oscar
    assert change.values["name"][1] == "体験"
    assert change.values["member_limit"][1] == 50
    page = staff.get("/platform/plans/trial/").content.decode()
    assert "→ 体験" in page and cast.oscar.name in page
    staff.post(
        "/platform/plans/trial/",
        {"name": "体験", "member_limit": "50", "operator_limit": ""},
    )
    assert PlanChange.objects.count() == 1
    staff.post(f"{SHOP}plan/", {"plan": plan.pk})
    assert Tenant.objects.get(slug="sakura").plan == plan
    with open_tenant_scope(cast.sakura):
        line = AuditEntry.objects.get(action="shop.plan_changed")
        assert (line.operator, line.data) == (
            cast.oscar,
            {"before": None, "after": "trial"},
        )


def test_whatever_the_platform_decides_says_who_did(cast: Cast, staff: Client) -> None:
    plan = Plan.objects.exclude(code="trial").order_by("pk")[0]
    asked = Application.objects.create(
        shop=cast.sakura, plan=plan, company="店", contact="愛子", email="a@example.jp"
    )
    acts = {
        "platform/shops/<slug:slug>/enter/": (f"{SHOP}enter/", REASON),
        "platform/shops/<slug:slug>/leave/": (f"{SHOP}leave/", {}),
        "platform/shops/<slug:slug>/plan/": (f"{SHOP}plan/", {"plan": str(plan.pk)}),
        "platform/applications/<int:pk>/decide/": (
            f"/platform/applications/{asked.pk}/decide/",
            {"accept": "1"},
        ),
        "platform/plans/<slug:code>/": ("/platform/plans/trial/", {"name": "体験"}),
    }

    def count_lines() -> int:
        with open_tenant_scope(cast.sakura):
            lines = AuditEntry.objects.filter(operator=cast.oscar).count()
        return lines + PlanChange.objects.filter(operator=cast.oscar).count()

    silent = []
    for route, (path, data) in acts.items():
        before = count_lines()
        staff.post(path, data)
        silent += [route] if count_lines() == before else []
    assert silent == []
    posting = {
        route
        for route, pattern in addresses("config.urls")
        if route.startswith("platform/") and takes_posts(pattern.callback)
    }
    assert posting == set(acts)


def test_who_looks_in_changes_no_saved_condition(cast: Cast, staff: Client) -> None:
    with open_tenant_scope(cast.sakura):
        segment = Segment.objects.create(
            name="新規", owner=cast.aiko, condition={"all": []}
        )
    staff.post(f"{SHOP}enter/", REASON)
    page = f"/t/sakura/members/segments/{segment.public_id}/delete/"
    assert staff.post(page).status_code == 403
    for act in ("stop", "resume", "undo"):
        assert staff.post(f"/t/sakura/jobs/nothing/{act}/").status_code == 403
    with open_tenant_scope(cast.sakura):
        assert Segment.objects.filter(pk=segment.pk).exists()


def test_who_is_revoked_is_out_of_every_shop_at_once(cast: Cast, staff: Client) -> None:
    staff.post(f"{SHOP}enter/", REASON)
    assert staff.get("/t/sakura/today/").status_code == 200
    call_command("grant_platform", "oscar", "--revoke")
    assert staff.get("/t/sakura/today/").status_code == 404
    assert staff.get("/t/momiji/today/").status_code == 200


def test_nobody_enters_a_deleted_shop(cast: Cast, staff: Client) -> None:
    erase_shop(cast.sakura)
    page = staff.post(f"/platform/shops/deleted-{cast.sakura.pk}/enter/", REASON)
    assert (page.status_code, "削除されました" in page.content.decode()) == (422, True)
