"""A further shop from the console, from its first day on trial to its end or to formal use."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from administration.models import Application
from administration.shops import notices
from administration.shops.erase import KEPT
from administration.shops.trials import (
    TRIAL,
    decide_application,
    find_end_of_retention,
    follow_trial,
)
from members.identity.inquiries.manage import make_inquiry
from members.models import Inquiry, Member, Segment, Tag
from messaging.accounts.stop_all import find_open_stop
from operators.models import AuditEntry, Notice, Operator, Seat
from operators.roles import Role
from operators.seats.invite import accept_invitation, invite_operator
from tenants.models import ClosedReason, Plan, Tenant, Wakeup
from tenants.scope import open_tenant_scope
from tenants.shops.closed import close_shop, reopen_shop
from tenants.wakeups import claim_due_wakeups, wake
from tests.conftest import Cast

NEW, CHOICE, PLAN = "/shops/new/", "/shops/?choose=1", "/t/koyo/settings/plan/"
VALUES = {
    "company": "紅葉商店",
    "contact": "店長 愛子",
    "email": "aiko@example.jp",
    "phone": "",
    "note": "",
}


def open_koyo(client: Client) -> Tenant:
    answer = client.post(NEW, {"name": "紅葉商店", "slug": "Ｋoyo"})
    assert (answer.status_code, answer.url) == (302, "/t/koyo/settings/checklist/")  # type: ignore[attr-defined]
    return Tenant.objects.get(slug="koyo")


def test_an_owner_opens_one_and_says_until_when(cast: Cast, aiko: Client) -> None:
    assert "新しいショップをお試しで開く" in aiko.get(CHOICE).content.decode()
    assert "データはその後30日間保管します" in aiko.get(NEW).content.decode()
    shop = open_koyo(aiko)
    assert shop.plan and shop.plan.code == "trial"
    assert shop.trial_ends_at and timedelta(
        0
    ) <= timezone.now() + TRIAL - shop.trial_ends_at < timedelta(minutes=1)
    with open_tenant_scope(shop):
        assert Seat.objects.get().role == Role.OWNER
        assert AuditEntry.objects.filter(action="shop.trial_opened").count() == 1
    assert aiko.get("/t/koyo/settings/checklist/").status_code == 200
    page = aiko.get(CHOICE).content.decode()
    assert ("さくら商店" in page, "お試し中（" in page) == (True, True)
    assert "お試し中です。" in aiko.get("/t/koyo/today/").content.decode()
    refused = aiko.post(NEW, {"name": "二つ目", "slug": "second"})
    assert "1名につき1つまで" in refused.content.decode()
    assert not Tenant.objects.filter(slug="second").exists()


@pytest.mark.parametrize(
    ("slug", "words"),
    [("sakura", "使われています"), ("ab", "3"), ("さくら店", "使えない文字"), ("a--b", "使えない文字"),
     ("-abc", "使えない文字")],
)  # fmt: skip
def test_a_shop_id_that_cannot_be(
    cast: Cast, aiko: Client, slug: str, words: str
) -> None:
    answer = aiko.post(NEW, {"name": "新しい店", "slug": slug})
    assert (answer.status_code, Tenant.objects.count()) == (422, 2)
    assert words in str(answer.context["form"].errors["slug"])
    assert f'value="{slug}"' in answer.content.decode()


def test_staff_open_none(cast: Cast, ed: Client) -> None:
    assert "オーナーだけです" in ed.get(NEW).content.decode()
    ed.post(NEW, {"name": "新しい店", "slug": "new-shop"})
    assert Tenant.objects.count() == 2


def test_told_before_the_end_and_closed_then(cast: Cast, aiko: Client) -> None:
    shop = open_koyo(aiko)
    end = shop.trial_ends_at
    assert end
    with open_tenant_scope(shop):
        assert Wakeup.objects.get(
            tenant=shop, kind="administration.trial"
        ).due_at == end - timedelta(days=7)
        told = []
        for moment in (end - timedelta(days=7), end - timedelta(days=1), end):
            with time_machine.travel(moment + timedelta(seconds=1), tick=False):
                told.append(
                    (
                        follow_trial(shop),
                        Notice.objects.filter(kind="plan.trial_ends").count(),
                    )
                )
        assert told == [(end - timedelta(days=1), 1), (end, 2), (None, 2)]
        shop.refresh_from_db()
        assert (shop.closed_reason, find_end_of_retention(shop)) == (
            ClosedReason.TRIAL,
            (shop.closed_at or end) + KEPT,
        )
        assert find_open_stop() is not None
        texts = notices.describe_ended(Notice.objects.filter(kind="plan.trial_ended"))
        assert [text.title for text in texts.values()] == ["お試し期間が終わりました"]
    with time_machine.travel(end + timedelta(seconds=1)):
        assert "に終わります" in "".join(
            text.detail for text in notices.describe_ends(list_ends(shop)).values()
        )


def list_ends(shop: Tenant) -> list[Notice]:
    with open_tenant_scope(shop):
        return list(Notice.objects.filter(kind="plan.trial_ends"))


def test_a_closed_shop_is_read_and_not_changed(sakura: Tenant, aiko: Client) -> None:
    tag = {"name": "新しいタグ", "color": "blue"}
    assert close_shop(sakura, ClosedReason.TRIAL)
    assert not close_shop(sakura, ClosedReason.DISABLED)
    page = aiko.get("/t/sakura/members/")
    assert (
        page.status_code,
        "このショップは閉じています" in page.content.decode(),
    ) == (200, True)
    refused = aiko.post("/t/sakura/members/tags/new/", tag)
    assert (refused.status_code, Tag.objects.count()) == (403, 0)
    assert "変更と送信はできません（お試し期間の終了）" in refused.content.decode()
    assert aiko.post("/t/sakura/members/search/", {"q": "花"}).status_code == 302
    public = Client().get("/p/sakura/f/whatever/")
    assert (
        public.status_code,
        "ただいま受け付けていません" in public.content.decode(),
    ) == (503, True)
    assert Client().post("/p/sakura/hooks/line/nobody/").status_code == 404
    assert reopen_shop(sakura)
    assert aiko.post("/t/sakura/members/tags/new/", tag).status_code == 302
    assert Tag.objects.count() == 1


def test_what_everybody_sees_is_not_changed_either(
    cast: Cast, sakura: Tenant, aiko: Client
) -> None:
    """Saved conditions, inquiries and jobs are posted to views that ask for the right to look alone."""
    member = Member.objects.create(name="花子")
    inquiry = make_inquiry(member, subject="届かない", text="", mark="open")
    segment = Segment.objects.create(
        name="新規", owner=cast.aiko, condition={"all": []}
    )
    close_shop(sakura, ClosedReason.TRIAL)
    base = "/t/sakura/members"
    for page, values in (
        (f"inquiries/{inquiry.public_id}", {"subject": "別", "mark": "done"}),
        (f"segments/{segment.public_id}/delete", {}),
        ("segments/order", {}),
    ):
        assert aiko.post(f"{base}/{page}/", values).status_code == 403
    for act in ("resume", "undo"):
        assert aiko.post(f"/t/sakura/jobs/nothing/{act}/").status_code == 403
    assert aiko.post("/t/sakura/jobs/nothing/stop/").status_code == 404
    assert Segment.objects.filter(pk=segment.pk).exists()
    assert Inquiry.objects.get().subject == "届かない"


def test_nobody_joins_a_closed_shop(cast: Cast, sakura: Tenant) -> None:
    by = Seat.objects.select_related("operator").get(operator=cast.aiko)
    _row, code = invite_operator(by, "新人", Role.STAFF, {})
    close_shop(sakura, ClosedReason.TRIAL)
    sakura.refresh_from_db()
    with pytest.raises(PermissionDenied):
        accept_invitation(sakura, code, cast.oscar)
    assert not Seat.objects.filter(operator=cast.oscar).exists()
    reopen_shop(sakura)
    sakura.refresh_from_db()
    assert accept_invitation(sakura, code, cast.oscar).role == Role.STAFF


def test_a_closed_shop_fetches_nothing(sakura: Tenant) -> None:
    Wakeup.objects.all().delete()
    kinds = ("cartsync.poll", "notifications.route", "jobs.run")
    for kind in kinds:
        wake(sakura, kind)
    close_shop(sakura, ClosedReason.DISABLED)
    assert {kind for _shop, kind, _subject in claim_due_wakeups()} == {
        "notifications.route",
        "jobs.run",
    }
    reopen_shop(sakura)
    assert {kind for _shop, kind, _subject in claim_due_wakeups()} == {"cartsync.poll"}


def test_formal_use_is_applied_for_and_given(cast: Cast, aiko: Client) -> None:
    shop = open_koyo(aiko)
    with open_tenant_scope(shop):
        assert shop.trial_ends_at
        with time_machine.travel(shop.trial_ends_at + timedelta(hours=1)):
            follow_trial(shop)
    plan = Plan.objects.get(code="standard")
    words = "スタンダード（会員30,000名・オペレーター10名まで）"
    assert words in aiko.get(f"{PLAN}apply/").content.decode()
    assert aiko.post(f"{PLAN}apply/", {**VALUES, "plan": plan.pk}).status_code == 302
    again = aiko.post(f"{PLAN}apply/", {**VALUES, "plan": plan.pk})
    assert (again.status_code, Application.objects.count()) == (422, 1)
    assert "審査中" in aiko.get(PLAN).content.decode()
    found = Application.objects.get()
    with open_tenant_scope(shop):
        assert decide_application(
            found, cast.oscar, True, "ご利用ありがとうございます。"
        )
        assert not decide_application(found, cast.oscar, False)
        texts = notices.describe_decided(Notice.objects.filter(kind="plan.decided"))
        assert [(text.title, text.detail) for text in texts.values()] == [
            ("正式利用のお申し込みを承認しました", "ご利用ありがとうございます。")
        ]
        assert find_open_stop() is not None  # the shop's own people let it go on
    shop.refresh_from_db()
    assert (shop.plan, shop.trial_ends_at, shop.closed_at) == (plan, None, None)
    assert "ご利用ありがとうございます。" in aiko.get(PLAN).content.decode()
    assert (
        Operator.objects.get(pk=cast.oscar.pk) == Application.objects.get().decided_by
    )
