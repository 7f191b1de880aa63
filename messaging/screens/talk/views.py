"""Answering a member from the talk on their page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members.models import Member
from members.screens.profile.views import get_member_or_404, require_present_member
from messaging.inbound.replies import find_reply_account, reply_to_member
from messaging.inbound.reply_tokens import find_reply_deadline
from messaging.screens.talk.forms import ReplyForm
from operators.rights import ShopRequest, require_right
from operators.roles import SEND


@require_right(SEND)
@require_http_methods(["GET", "HEAD", "POST"])
@require_present_member
def reply(request: ShopRequest, public_id: str) -> HttpResponse:
    """Answer the member; what is wrong with the answer is shown on a page of its own, with what was typed."""
    member = get_member_or_404(public_id)
    account = find_reply_account(member)
    if request.method != "POST":
        return redirect(build_talk_url(public_id))
    if not account or member.line_state == Member.LineState.BLOCKED:
        return answer_unreachable(request, public_id)
    form = ReplyForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        reply_to_member(member, account, given["text"], given["key"])
        messages.success(request, _("返信を受け付けました。結果はトークに表示します。"))
        return redirect(build_talk_url(public_id))
    context = {
        "member": member,
        "account": account,
        "reply_form": form,
        "free_until": find_reply_deadline(member, account),
    }
    return render(request, "messaging/inbound/reply.html", context, status=422)


def answer_unreachable(request: HttpRequest, public_id: str) -> HttpResponse:
    messages.error(
        request,
        _(
            "この会員にはLINEで返信できません。メッセージを受け取ったことがないか、ブロックされているか、LINEアカウントが無効です。"
        ),
    )
    return redirect(build_talk_url(public_id))


def build_talk_url(public_id: str) -> str:
    return reverse("members:detail", args=[public_id]) + "?tab=heard"
