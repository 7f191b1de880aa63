import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cartsync.funnel.count import count_funnel
from jobs.models import Job
from jobs.runner import ENDED
from members.models import Member, MemberTag
from messaging.broadcasts.audience import select_audience
from messaging.inbound.events import handle_event
from messaging.models import Broadcast, LineAccount, WebhookEvent
from notifications.models import NoticeDelivery, OperatorLine, PhoneCode, QuietWindow
from notifications.phones import compute_digest, link_phone_by_code, make_phone_code
from notifications.route import route_notices
from notifications.texts import describe_ended_phones
from operators.models import AuditEntry, Notice
from operators.notify import notify
from tenants.models import Tenant
from tests.conftest import Cast
from tests.forms_builder.conftest import make_account

SETTINGS = "/t/sakura/settings/notices/"


def test_the_bell_counts_and_the_page_lists_what_is_mine(
    sakura: Tenant, aiko: Client, ed: Client, cast: Cast
) -> None:
    notify("cart.stopped")
    route_notices(sakura)
    page = aiko.get("/t/sakura/notices/").content.decode()
    assert "カート連携の停止" in page
    assert "お知らせ（未読1件）" in page
    assert "カート連携の停止" not in ed.get("/t/sakura/notices/").content.decode()
    row = NoticeDelivery.objects.get(way="bell")
    assert ed.get(f"/t/sakura/notices/{row.public_id}/").status_code == 404
    answer = aiko.get(f"/t/sakura/notices/{row.public_id}/")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/t/sakura/notices/",
    )
    row.refresh_from_db()
    assert row.read_at is not None


def test_all_are_read_at_once(sakura: Tenant, aiko: Client) -> None:
    notify("cart.stopped")
    notify("account.stopped")
    route_notices(sakura)
    assert aiko.post("/t/sakura/notices/read/").status_code == 302
    assert NoticeDelivery.objects.filter(way="bell", read_at=None).count() == 0


def test_preferences_and_quiet_hours_are_saved(
    sakura: Tenant, aiko: Client, ed: Client, cast: Cast
) -> None:
    aiko.post(SETTINGS, {"cart.stopped:line": "on"})
    assert AuditEntry.objects.latest("pk").data["on"]["cart.stopped"] == ["line"]
    wrong = aiko.post(f"{SETTINGS}quiet/", {"begins": "21:00", "ends": ""})
    assert wrong.status_code == 422
    assert 'value="21:00"' in wrong.content.decode()
    aiko.post(f"{SETTINGS}quiet/", {"begins": "21:00", "ends": "08:00"})
    window = QuietWindow.objects.get()
    assert (str(window.begins), str(window.ends)) == ("21:00:00", "08:00:00")
    assert ed.post(f"{SETTINGS}quiet/", {"begins": "", "ends": ""}).status_code == 403
    assert "cart.stopped:line" not in ed.get(SETTINGS).content.decode()


def test_a_phone_is_linked_by_a_code_once(
    sakura: Tenant, aiko: Client, cast: Cast
) -> None:
    account = make_account()
    page = aiko.post(f"{SETTINGS}phone/").content.decode()
    digest = PhoneCode.objects.get().digest
    code = next(word for word in page.split('"') if compute_digest(word) == digest)
    assert link_phone_by_code(account, "U9", "zzzzzzzz") is False
    assert link_phone_by_code(account, "U9", f" {code.upper()} ") is True
    phone = OperatorLine.objects.get()
    assert (phone.operator_id, phone.line_user_id) == (cast.aiko.pk, "U9")
    assert link_phone_by_code(account, "U8", code) is False
    assert aiko.post(f"{SETTINGS}phone/end/").status_code == 302
    assert OperatorLine.objects.count() == 0


def test_an_expired_code_links_nobody(sakura: Tenant, cast: Cast) -> None:
    code = make_phone_code(cast.aiko)
    PhoneCode.objects.update(expires_at="2026-01-01T00:00Z")
    assert link_phone_by_code(make_account(), "U9", code) is False
    assert OperatorLine.objects.count() == 0


@pytest.mark.parametrize("jobs", [1, 3])
def test_jobs_are_looked_up_once_for_the_page(
    sakura: Tenant, aiko: Client, cast: Cast, jobs: int
) -> None:
    for _n in range(jobs):
        job = Job.objects.create(kind="bulk.delete", operator=cast.aiko, state="done")
        notify(ENDED, job, operator=cast.aiko)
    route_notices(sakura)
    with CaptureQueriesContext(connection) as queries:
        aiko.get("/t/sakura/notices/")
    asked = [each["sql"] for each in queries if 'FROM "jobs_job"' in each["sql"]]
    assert len(asked) == 2  # the page and the header's count


def test_a_test_notice_that_cannot_arrive_says_why(
    sakura: Tenant, aiko: Client, cast: Cast
) -> None:
    page = aiko.post(f"{SETTINGS}test/", {"way": "line"}, follow=True).content.decode()
    assert "LINEでは届きません：スマホ連携がまだです" in page
    assert Notice.objects.count() == 0
    page = aiko.post(f"{SETTINGS}test/", {"way": "bell"}, follow=True).content.decode()
    assert "ベルにテスト通知を送りました。" in page
    assert Notice.objects.get().ways == ["bell"]


def test_the_code_opens_the_talk_by_itself(sakura: Tenant, aiko: Client) -> None:
    make_account()
    LineAccount.objects.update(basic_id="")
    page = aiko.post(f"{SETTINGS}phone/").content.decode()
    assert "https://line.me/R/oaMessage/" not in page
    LineAccount.objects.update(basic_id="@sakura-shop")
    page = aiko.post(f"{SETTINGS}phone/").content.decode()
    url = re.search(
        r'href="(https://line.me/R/oaMessage/%40sakura-shop/\?(\w+))"', page
    )
    assert url
    assert PhoneCode.objects.get().digest == compute_digest(url[2])
    assert '<figure class="qr">' in page


def test_who_blocks_the_account_is_no_phone_and_hears_why(
    sakura: Tenant, cast: Cast
) -> None:
    account = make_account()
    member = Member.objects.create(line_user_id="U" + "7" * 32, line_state="friend")
    link_phone_by_code(account, member.line_user_id, make_phone_code(cast.aiko))
    assert list(MemberTag.objects.values_list("tag__name")) == [("スタッフ",)]
    event = WebhookEvent.objects.create(
        account=account,
        event_id="unfollow-of-aiko",
        kind="unfollow",
        user_id=member.line_user_id,
        payload={},
        occurred_at=timezone.now(),
    )
    handle_event(account, event)
    assert OperatorLine.objects.count() == 0
    assert MemberTag.objects.count() == 0
    notice = Notice.objects.get()
    assert (notice.kind, notice.operator_id) == ("notice.phone_ended", cast.aiko.pk)
    text = describe_ended_phones([notice])[notice.pk]
    assert text.title == "スマホ連携が解除されました"


def test_staff_is_no_audience_and_in_no_figure(sakura: Tenant, cast: Cast) -> None:
    account = make_account()
    for number in range(2):
        Member.objects.create(line_user_id=f"U{number}", line_state="friend")
    broadcast = Broadcast(account=account, audience="everybody")
    assert (count_funnel().friends, select_audience(broadcast).count()) == (2, 2)
    link_phone_by_code(account, "U1", make_phone_code(cast.aiko))
    assert (count_funnel().friends, select_audience(broadcast).count()) == (1, 1)
