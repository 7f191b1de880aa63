"""What operators read when a cart's connection stopped."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from cartsync.connectors.base import Resource
from cartsync.models import Cart
from operators.models import Notice
from operators.notify import NoticeText, notify

# The kind of notice.
NEW_WORD = "cart.new_word"
MOST_TOLD = 20  # words in one notice


def notify_of_new_words(
    cart: Cart,
    resource: Resource,
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Tell once of each state word of the cart's own that neither its connector nor a person explains.

    ``rows``: with ``word``, and ``state`` as the connector takes it.
    """
    new = {row["word"] for row in rows if row["state"] == "other" and row["word"]}
    if not new:
        return
    mapped = cart.words.filter(kind=resource.value, word__in=new)
    new -= set(mapped.values_list("word", flat=True))
    told = Notice.objects.filter(
        kind=NEW_WORD, subject_id=cart.pk, data__resource=resource.value
    )
    for data in told.values_list("data", flat=True):
        new -= set(data["words"])
    if new:
        notify(NEW_WORD, cart, resource=resource.value, words=sorted(new)[:MOST_TOLD])


def describe_new_words(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Name the words, and lead to the cart's page, where a person says what they mean."""
    carts = Cart.objects.in_bulk([notice.subject_id or 0 for notice in notices])
    title = _("カートに新しい状態の言葉があります：%(name)s")
    detail = _("「%(words)s」の意味を選ぶまで、「その他」として扱います。")
    return {
        notice.pk: NoticeText(
            title % {"name": cart.name},
            detail % {"words": _("、").join(notice.data.get("words", []))},
            "cartsync:cart",
            (cart.public_id,),
        )
        for notice in notices
        if (cart := carts.get(notice.subject_id or 0))
    }


def describe_cart_notices(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Name the cart of each notice, and lead to its page, which says the reason and the remedy."""
    carts = Cart.objects.in_bulk([notice.subject_id or 0 for notice in notices])
    return {
        notice.pk: NoticeText(
            _("カート連携が停止しました：%(name)s") % {"name": cart.name},
            _("設定を直すまで、会員と受注は更新されません。"),
            "cartsync:cart",
            (cart.public_id,),
        )
        for notice in notices
        if (cart := carts.get(notice.subject_id or 0))
    }


def describe_file_notices(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Say of each notice whether a file or the whole watched folder failed, and lead to the cart's page."""
    carts = Cart.objects.in_bulk([notice.subject_id or 0 for notice in notices])
    details = {
        "file": _(
            "監視フォルダーのファイルを取り込めませんでした。カートのページに理由があります。"
        ),
        "folder": _(
            "監視フォルダーを読み書きできません。サーバーの管理者に確かめてください。"
        ),
    }
    return {
        notice.pk: NoticeText(
            _("カートのファイルを取り込めません：%(name)s") % {"name": cart.name},
            details[notice.data["reason"]],
            "cartsync:cart",
            (cart.public_id,),
        )
        for notice in notices
        if (cart := carts.get(notice.subject_id or 0))
    }
