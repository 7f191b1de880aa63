"""設定 › 稼働状況: what is late in this shop, how old its data are, and when a backup was last made and restored."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from administration.operations.state import (
    Lateness,
    compute_quantile,
    measure_lateness,
    read_shop_state,
)
from operators.models import AuditSeal
from operators.rights import ShopRequest, require_right
from operators.roles import SETTINGS
from tenants.models import BackupRecord

# What an operator calls the work behind the pages, and from how many seconds on it is late.
WORK = (
    ("messaging.dispatch", gettext_lazy("メッセージの送信"), 60),
    ("messaging.webhook", gettext_lazy("LINEからの受信"), 60),
    ("cartsync.poll", gettext_lazy("カートの読み込み"), 300),
    ("rpa.work", gettext_lazy("RPAの対応"), 300),
    ("jobs.run", gettext_lazy("取り込み・書き出しなどの処理"), 600),
    ("notifications.send", gettext_lazy("オペレーターへの通知"), 300),
)
LATE_WEBHOOK, LATE_SYNC, LATE_BACKUP = 10, 6 * 60 * 60, 8 * 24 * 60 * 60


@require_right(SETTINGS)
@require_safe
def show_operations(request: ShopRequest) -> HttpResponse:
    lateness, state = measure_lateness(request.tenant.pk), read_shop_state()
    slowest, now = compute_quantile(state.handled, 0.99), timezone.now()
    context = {
        "work": [
            describe_work(label, lateness.get(kind, Lateness()), limit)
            for kind, label, limit in WORK
        ],
        "webhooks": {
            "count": len(state.handled),
            "p99": slowest,
            "kind": "warn" if slowest > LATE_WEBHOOK else "ok",
            "unhandled": state.unhandled,
            "oldest": state.oldest_unhandled,
        },
        "carts": [
            {
                "name": name,
                "at": now - timedelta(seconds=age),
                "kind": "warn" if age > LATE_SYNC else "ok",
            }
            for name, age in state.sync_ages
        ],
        "seal": AuditSeal.objects.order_by("-pk").first(),
        "backups": [describe_backup(kind) for kind in BackupRecord.Kind],
    }
    return render(request, "administration/operations/operations.html", context)


def describe_work(label: Any, late: Lateness, limit: int) -> dict[str, Any]:
    if late.failing:
        kind, text = "bad", _("やり直し中 %(count)s件") % {"count": late.failing}
    elif late.seconds > limit:
        minutes = int(late.seconds // 60)
        kind, text = "warn", _("%(minutes)s分遅れています") % {"minutes": minutes}
    else:
        kind, text = "ok", _("遅れなし")
    return {"label": label, "kind": kind, "text": text, "waiting": late.waiting}


def describe_backup(kind: BackupRecord.Kind) -> dict[str, Any]:
    newest = BackupRecord.get_newest(kind)
    age = (timezone.now() - newest.at).total_seconds() if newest else None
    return {
        "label": kind.label,
        "newest": newest,
        "megabytes": newest.bytes / 1e6 if newest else 0,
        "kind": "ok" if age is not None and age < LATE_BACKUP else "warn",
    }
