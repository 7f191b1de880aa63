"""What operators read when a cart's connection stopped."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from cartsync.models import Cart
from operators.models import Notice
from operators.notify import NoticeText


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
