"""The pages of カート連携 › 注文メール."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _


def list_tabs(current: str) -> list[dict[str, Any]]:
    pages = (
        ("cartsync:mails", _("受信ログ")),
        ("cartsync:masks", _("解析マスク")),
        ("cartsync:mailboxes", _("受信アカウント")),
    )
    return [
        {
            "label": label,
            "url": reverse(name),
            "current": name == current,
            "count": None,
        }
        for name, label in pages
    ]
