from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.accounts.notices import describe_short_quotas
from messaging.accounts.quota import store_quota
from messaging.channels.line.client import Quota
from messaging.models import Delivery
from notifications.models import NoticeDelivery, OperatorLine
from notifications.preferences import save_preferences
from notifications.route import route_notices
from notifications.send import send_notices
from operators.models import Notice, Seat
from operators.notify import notify
from tenants.models import Tenant
from tests.conftest import Cast
from tests.forms_builder.conftest import make_account

BY_MAIL = {"bell": False, "mail": True, "line": False, "digest": False}


@pytest.fixture
def mailed(sakura: Tenant, cast: Cast) -> Cast:
    cast.aiko.email = "aiko@example.jp"
    cast.aiko.save()
    save_preferences(cast.aiko, {"cart.stopped": BY_MAIL})
    return cast


def stop(times: int, tenant: Tenant) -> None:
    for _n in range(times):
        notify("cart.stopped")
    route_notices(tenant)


def subjects() -> list[str]:
    return [each.content.mail["subject"] for each in Delivery.objects.order_by("pk")]


def test_three_at_once_and_the_rest_as_one_digest(sakura: Tenant, mailed: Cast) -> None:
    stop(5, sakura)
    later = send_notices(sakura)
    title = f"【{sakura.name}】カート連携の停止"
    assert subjects() == [title] * 3
    waiting = NoticeDelivery.objects.filter(sent_at=None)
    assert list(waiting.values_list("digest", flat=True)) == [True, True]
    assert later == waiting.earliest("due_at").due_at
    stop(2, sakura)
    send_notices(sakura)
    assert len(subjects()) == 3
    waiting.update(due_at=timezone.now() - timedelta(seconds=1))
    assert send_notices(sakura) is None
    assert subjects() == [title] * 3 + [f"【{sakura.name}】お知らせ4件"]
    digest = Delivery.objects.latest("pk")
    assert "・カート連携の停止（4件）" in digest.content.mail["text"]
    assert (digest.address, digest.source) == (
        "aiko@example.jp",
        Delivery.Source.NOTICE,
    )


def test_sending_twice_sends_once(sakura: Tenant, mailed: Cast) -> None:
    stop(1, sakura)
    send_notices(sakura)
    NoticeDelivery.objects.update(sent_at=None)
    send_notices(sakura)
    assert len(subjects()) == 1


def test_line_goes_to_the_linked_phone_and_falls_back_to_mail(
    sakura: Tenant, mailed: Cast
) -> None:
    account = make_account()
    OperatorLine.objects.create(
        operator=mailed.aiko, account=account, line_user_id="U" + "1" * 32
    )
    by_line = {**BY_MAIL, "mail": False, "line": True}
    save_preferences(mailed.aiko, {"cart.stopped": by_line})
    stop(1, sakura)
    send_notices(sakura)
    account.sender.paused_reason = "quota"
    account.sender.save()
    stop(1, sakura)
    send_notices(sakura)
    sent = Delivery.objects.order_by("pk").values_list("sender__kind", "address")
    assert list(sent) == [("line", "U" + "1" * 32), ("mail", "aiko@example.jp")]


def test_a_flood_is_one_digest_however_long(sakura: Tenant, mailed: Cast) -> None:
    notices = Notice.objects.bulk_create(
        Notice(kind="cart.stopped", told_at=timezone.now()) for _n in range(1_203)
    )
    NoticeDelivery.objects.bulk_create(
        NoticeDelivery(
            notice=notice, operator=mailed.aiko, way="mail", due_at=timezone.now()
        )
        for notice in notices
    )
    send_notices(sakura)
    assert len(subjects()) == 3
    NoticeDelivery.objects.filter(sent_at=None).update(due_at=timezone.now())
    assert send_notices(sakura) is None
    assert subjects()[3:] == [f"【{sakura.name}】お知らせ1200件"]


def test_who_left_the_shop_hears_of_nothing(sakura: Tenant, mailed: Cast) -> None:
    stop(1, sakura)
    Seat.objects.filter(operator=mailed.aiko).update(off_at=timezone.now())
    assert send_notices(sakura) is None
    stop(1, sakura)
    assert NoticeDelivery.objects.count() == 1
    assert subjects() == []


@pytest.mark.parametrize(
    ("limit", "used", "kind"),
    [(200, 180, "line"), (200, 181, "mail"), (None, 9_999, "line")],
)
def test_mail_goes_where_the_month_of_line_runs_short(
    sakura: Tenant, mailed: Cast, limit: int | None, used: int, kind: str
) -> None:
    account = make_account()
    OperatorLine.objects.create(
        operator=mailed.aiko, account=account, line_user_id="U" + "1" * 32
    )
    save_preferences(
        mailed.aiko, {"cart.stopped": {**BY_MAIL, "mail": False, "line": True}}
    )
    store_quota(account, Quota(limit, used))
    told = Notice.objects.filter(kind="account.quota_near")
    assert told.count() == (kind == "mail")
    told.delete()
    stop(1, sakura)
    send_notices(sakura)
    assert [each.channel for each in Delivery.objects.all()] == [kind]


def test_it_is_told_once_that_the_month_runs_short(sakura: Tenant) -> None:
    account = make_account()
    for used in (150, 185, 190):
        store_quota(account, Quota(200, used))
    notice = Notice.objects.get(kind="account.quota_near")
    assert notice.data == {"left": 15}
    text = describe_short_quotas([notice])[notice.pk]
    assert text.title == f"LINEの今月の送信数が残り15通です：{account.name}"
