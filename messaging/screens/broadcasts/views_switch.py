"""The buttons of a 一斉配信: start, stop, delete, and its message as a template."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.identity.member_limit import (
    MemberLimitReached,
)
from messaging.broadcasts import manage
from messaging.content.templates import save_as_template
from messaging.screens.broadcasts.views_results import get_broadcast_or_404
from operators.rights import ShopRequest, require_right
from operators.roles import SEND


@require_right(SEND)
@require_POST
def start(request: ShopRequest, public_id: str) -> HttpResponse:
    try:
        if not manage.start_broadcast(get_broadcast_or_404(public_id)):
            return answer_started_already(request, public_id)
    except MemberLimitReached as held:
        messages.error(request, str(held))
        return redirect("messaging:broadcast", public_id)
    messages.success(
        request, _("配信を受け付けました。結果はこの画面で確かめられます。")
    )
    return redirect("messaging:broadcast", public_id)


@require_right(SEND)
@require_POST
def stop(request: ShopRequest, public_id: str) -> HttpResponse:
    dropped = manage.stop_broadcast(get_broadcast_or_404(public_id))
    if dropped is None:
        messages.info(request, _("この一斉配信は、動いていません。"))
    else:
        said = _("一斉配信を停止し、%(n)s件を取り消しました。") % {"n": f"{dropped:,}"}
        messages.success(request, said)
    return redirect("messaging:broadcast", public_id)


@require_right(SEND)
@require_POST
def delete(request: ShopRequest, public_id: str) -> HttpResponse:
    if not manage.delete_broadcast(get_broadcast_or_404(public_id)):
        return answer_started_already(request, public_id)
    messages.success(request, _("下書きを削除しました。"))
    return redirect("messaging:broadcasts")


@require_right(SEND)
@require_POST
def save_template(request: ShopRequest, public_id: str) -> HttpResponse:
    """Save the message of a broadcast as a template."""
    found = get_broadcast_or_404(public_id)
    if found.content:
        save_as_template(found.content, found.name)
        messages.success(request, _("テンプレートに保存しました。"))
    return redirect("messaging:broadcast", public_id)


def answer_started_already(request: ShopRequest, public_id: str) -> HttpResponse:
    messages.info(request, _("この一斉配信は、もう始まっています。"))
    return redirect("messaging:broadcast", public_id)
