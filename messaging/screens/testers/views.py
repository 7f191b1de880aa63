"""テスト配信先, and trying out a step message or a broadcast on them."""

import secrets
from collections.abc import Sequence

from django.contrib import messages
from django.db import models
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.models import Member
from members.screens.profile.views import get_member_or_404, require_present_member
from messaging.accounts.senders import NoSender
from messaging.models import Content, Sender, Tester
from messaging.screens.broadcasts.views_results import get_broadcast_or_404
from messaging.screens.scenarios.views import get_scenario_or_404
from messaging.screens.testers.forms import SendTestForm, TesterForm, describe_tester
from messaging.testers.manage import (
    MOST,
    TooManyTesters,
    add_tester,
    list_testers,
    remove_tester,
)
from messaging.testers.send import send_test
from operators.rights import ShopRequest, require_personal, require_right
from operators.roles import SEND


@require_right(SEND)
@require_personal
def testers(request: ShopRequest) -> HttpResponse:
    """Show who tries messages out; a POST adds a mail address."""
    form = TesterForm(request.POST or None)
    if form.is_valid():
        values = form.cleaned_data
        answer_added(request, None, values["mail_address"], values["label"])
        return redirect("messaging:testers")
    rows = [(tester, describe_tester(tester)) for tester in list_testers()]
    context = {"rows": rows, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "messaging/testers/list.html", context, status=status)


@require_right(SEND)
@require_POST
@require_present_member
def add_member(request: ShopRequest, public_id: str) -> HttpResponse:
    """Make the member a tester."""
    answer_added(request, get_member_or_404(public_id))
    return redirect("messaging:testers")


def answer_added(
    request: ShopRequest, member: Member | None, address: str = "", label: str = ""
) -> None:
    try:
        added = add_tester(member, address, label)
    except TooManyTesters:
        said = _("テスト配信先は%(n)s件までです。使わないものを外してください。")
        messages.error(request, said % {"n": MOST})
        return
    if added:
        messages.success(request, _("テスト配信先に追加しました。"))
    else:
        messages.info(request, _("すでにテスト配信先です。"))


@require_right(SEND)
@require_POST
def remove(request: ShopRequest, public_id: str) -> HttpResponse:
    remove_tester(get_object_or_404(Tester.objects.all(), public_id=public_id))
    messages.success(request, _("テスト配信先から外しました。"))
    return redirect("messaging:testers")


@require_right(SEND)
def test_scenario(request: ShopRequest, public_id: str) -> HttpResponse:
    """Run the series on testers now, a message a minute."""
    scenario = get_scenario_or_404(public_id)
    steps = scenario.steps.select_related("content", "mail_content").in_order()
    back = reverse("messaging:scenario", args=[public_id])
    contents = [content for step in steps for content in step.contents]
    sender = scenario.account.sender if scenario.account else None
    return handle_test(request, scenario, contents, sender, back)


@require_right(SEND)
def test_broadcast(request: ShopRequest, public_id: str) -> HttpResponse:
    """Send the broadcast's message to testers."""
    broadcast = get_broadcast_or_404(public_id)
    if not broadcast.content:
        raise Http404
    back = reverse("messaging:broadcast", args=[public_id])
    sender = broadcast.account.sender if broadcast.account else None
    return handle_test(request, broadcast, broadcast.contents, sender, back)


def handle_test(
    request: ShopRequest,
    subject: models.Model,
    contents: Sequence[Content],
    sender: Sender | None,
    back: str,
) -> HttpResponse:
    """Ask who gets the test, and send it."""
    form = SendTestForm(
        request.POST or None,
        initial={"key": secrets.token_hex(8)},
        testers=list_testers(),
        channels={content.kind for content in contents},
    )
    if form.is_valid():
        key = form.cleaned_data["key"]
        try:
            n = send_test(request.tenant, subject, contents, form.chosen, sender, key)
        except NoSender:
            messages.error(
                request, _("メールアカウントがありません。先に追加してください。")
            )
            return redirect(back)
        said = _(
            "テスト配信%(n)s件を予約しました。1通目はすぐに、続きは1分おきに届きます。"
        )
        messages.success(request, said % {"n": n})
        return redirect(back)
    context = {"form": form, "subject": subject, "back": back, "count": len(contents)}
    status = 422 if form.is_bound else 200
    return render(request, "messaging/testers/send.html", context, status=status)
