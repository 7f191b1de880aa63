from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from jobs.runner import ENDED
from notifications.audience import explain_audience
from notifications.models import (
    NoticeDelivery,
    OperatorLine,
    Preference,
    QuietWindow,
)
from notifications.preferences import save_preferences, save_quiet_window
from notifications.route import compute_next_digest, find_end_of_quiet, route_notices
from operators.models import AuditEntry, Notice
from operators.notify import notify
from tenants.models import Tenant, Wakeup
from tests.conftest import Cast
from tests.forms_builder.conftest import make_account

TOKYO = ZoneInfo("Asia/Tokyo")


def told() -> list[tuple[str, str, bool]]:
    rows = NoticeDelivery.objects.order_by("operator__login_id", "way")
    return list(rows.values_list("operator__login_id", "way", "digest"))


def test_who_may_hear_of_it_hears_of_it_once(sakura: Tenant, cast: Cast) -> None:
    cast.aiko.email = "aiko@example.jp"
    cast.aiko.save()
    notify("cart.stopped", reason="auth")
    notify(ENDED, operator=cast.vic)
    assert route_notices(sakura) is False
    assert told() == [
        ("aiko", "bell", False),
        ("aiko", "mail", False),
        ("vic", "bell", False),
    ]
    assert Notice.objects.filter(told_at=None).count() == 0
    Notice.objects.update(told_at=None)
    route_notices(sakura)
    assert len(told()) == 3
    kinds = set(Wakeup.objects.values_list("kind", flat=True))
    assert {"notifications.route", "notifications.send"} <= kinds


def test_what_the_operator_prefers_holds(sakura: Tenant, cast: Cast) -> None:
    cast.aiko.email = "aiko@example.jp"
    cast.aiko.save()
    off = {"bell": False, "mail": True, "line": True, "digest": True}
    save_preferences(cast.aiko, {"cart.stopped": off})
    notify("cart.stopped")
    route_notices(sakura)
    assert told() == [("aiko", "mail", True)]
    assert NoticeDelivery.objects.get().due_at == compute_next_digest(timezone.now())
    assert AuditEntry.objects.latest("pk").data == {
        "on": {"cart.stopped": ["mail", "line", "digest"]}
    }


def test_only_the_ways_of_the_notice(sakura: Tenant, cast: Cast) -> None:
    cast.aiko.email = "aiko@example.jp"
    cast.aiko.save()
    notify("cart.stopped", ways=["bell"])
    route_notices(sakura)
    assert told() == [("aiko", "bell", False)]


def test_why_somebody_does_not_hear_of_it(sakura: Tenant, cast: Cast) -> None:
    OperatorLine.objects.create(
        operator=cast.aiko, account=make_account(), line_user_id="U1"
    )
    Preference.objects.create(operator=cast.aiko, kind="cart.stopped", line=True)
    reaches = {r.operator.login_id: r for r in explain_audience("cart.stopped")}
    assert (reaches["aiko"].ways, reaches["aiko"].why_not) == (
        ("bell", "line"),
        {"mail": "本人の通知設定がオフです"},
    )
    assert reaches["ed"].why_not == dict.fromkeys(
        ("bell", "mail", "line"), "この種類を受け取る権限がありません"
    )
    ways = {
        r.operator.login_id: r.ways for r in explain_audience("cart.stopped", ["mail"])
    }
    assert ways["aiko"] == ()


@pytest.mark.parametrize(
    ("begins", "ends", "now", "end"),
    [
        ((21, 0), (8, 0), (22, 0), (8, 0, 1)),
        ((21, 0), (8, 0), (7, 59), (8, 0, 0)),
        ((21, 0), (8, 0), (8, 0), (8, 0, 0)),
        ((12, 0), (13, 0), (12, 30), (13, 0, 0)),
        ((12, 0), (13, 0), (11, 59), (11, 59, 0)),
    ],
)
def test_quiet_hours(
    begins: tuple[int, int],
    ends: tuple[int, int],
    now: tuple[int, int],
    end: tuple[int, int, int],
) -> None:
    window = QuietWindow(tenant_id=1, begins=time(*begins), ends=time(*ends))
    moment = datetime(2026, 11, 30, *now, tzinfo=TOKYO)
    hour, minute, days = end
    expected = datetime(2026, 11, 30, hour, minute, tzinfo=TOKYO) + timedelta(days=days)
    assert find_end_of_quiet(window, moment.astimezone(UTC)) == expected


def test_quiet_hours_hold_back_all_but_the_bell(sakura: Tenant, cast: Cast) -> None:
    cast.aiko.email = "aiko@example.jp"
    cast.aiko.save()
    here = timezone.localtime()
    ends = (here + timedelta(hours=2)).time().replace(second=0, microsecond=0)
    save_quiet_window((here - timedelta(hours=1)).time(), ends)
    notify("cart.stopped")
    route_notices(sakura)
    due = {
        row.way: timezone.localtime(row.due_at) for row in NoticeDelivery.objects.all()
    }
    assert due["mail"].time() == ends
    assert due["bell"] < due["mail"]
