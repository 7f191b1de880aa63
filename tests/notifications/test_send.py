from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.models import Delivery
from notifications.models import NoticeDelivery, OperatorLine
from notifications.preferences import save_preferences
from notifications.route import route_notices
from notifications.send import send_notices
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
