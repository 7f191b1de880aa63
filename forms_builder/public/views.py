"""What customers see, under /p/<shop>/f/.

Both posts are exempt from Django's CSRF check: they read no cookie. What acts is the ID token or the ticket in the
body, which another site does not have, so there is no standing authority to borrow; and an in-app browser that
drops cookies can still answer.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from forms_builder.answers.record import submit
from forms_builder.models import Form, Submission
from forms_builder.public import limits, thanks, tickets
from forms_builder.public.answer_form import AnswerForm
from forms_builder.public.liff_policy import with_liff
from forms_builder.public.open_form import member_by_token
from members.identity.friendship import survivor_of
from members.models import Member
from messaging.channels.line.errors import TokenRefused
from messaging.channels.line.links import liff_url
from messaging.models import LineAccount
from operators.rights import ShopRequest, public
from outbound.errors import TryLater

LONGEST_TOKEN = 10_000
LONGEST_OPENING = 50_000
# Nobody reads and answers faster; liff.js waits for it, so only what is no browser meets it.
FASTEST_SECONDS = 1.5


def form_or_404(public_id: str) -> Form:
    return get_object_or_404(
        Form.objects.select_related("account", "tenant"), public_id=public_id
    )


def page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {"sdk_url": settings.LIFF_SDK_URL, **context}
    response = render(
        request, f"forms_builder/public/{template}.html", context, status=status
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def message(
    request: HttpRequest, kind: str, title: str, text: str, status: int
) -> HttpResponse:
    response = render(
        request,
        "public/message.html",
        {"kind": kind, "title": title, "text": text},
        status=status,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def entrance(form: Form, test: str = "") -> dict[str, Any]:
    """Return what the page needs to log in through LIFF."""
    query = f"?test={test}" if test else ""
    return {
        "form": form,
        "liff_id": form.account.liff_id,
        "liff_url": liff_url(form.account, f"{form.public_id}/{query}"),
        "test": test,
    }


@public
@with_liff
@require_safe
def endpoint(request: ShopRequest) -> HttpResponse:
    """Serve the LIFF endpoint URL itself.

    LINE comes here first and names the form in liff.state; liff.init moves on.
    """
    wanted = request.GET.get("liff.state", "").split("?")[0].strip("/")
    known = wanted.isascii() and wanted.isalnum()
    form = (
        Form.objects.select_related("account").filter(public_id=wanted).first()
        if known
        else None
    )
    account = (
        form.account
        if form
        else LineAccount.objects.filter(is_active=True).order_by("pk").first()
    )
    return page(
        request,
        "endpoint",
        {"liff_id": account.liff_id if account else "", "moves": bool(form)},
    )


@public
@csrf_exempt
@with_liff
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: ShopRequest, public_id: str) -> HttpResponse:
    form = form_or_404(public_id)
    if request.method == "POST":
        return receive(request, form)
    test = request.GET.get("test", "")
    if test and not tickets.is_test_key(form, test):
        return wrong_test_key(request)
    if not form.is_open and not test:
        return closed(request)
    return page(request, "answer", entrance(form, test))


@public
@csrf_exempt
@require_POST
def open_form(request: ShopRequest, public_id: str) -> HttpResponse:
    """Exchange the raw ID token for the form, as a piece of HTML with a fresh ticket in it."""
    form = form_or_404(public_id)
    if is_longer(request, LONGEST_OPENING):
        return too_big(request)
    if wait := limits.wait_to_open(request, form):
        return not_opened(request, form, "busy", 429, wait)
    test, token = request.POST.get("test", ""), request.POST.get("id_token", "")
    if (test and not tickets.is_test_key(form, test)) or not (form.is_open or test):
        return not_opened(request, form, "closed", 403)
    try:
        if not 1 <= len(token) <= LONGEST_TOKEN:
            raise TokenRefused("invalid")
        member = member_by_token(form, token, is_test=bool(test))
    except TokenRefused:
        return not_opened(request, form, "refused", 401)
    except TryLater:
        return not_opened(request, form, "unavailable", 503, 30)
    if wait := limits.wait_to_see(form, member):
        return not_opened(request, form, "busy", 429, wait)
    ticket = tickets.issue(form, member, is_test=bool(test))
    return page(request, "opened", filled(form, member, ticket, is_test=bool(test)))


def filled(
    form: Form,
    member: Member | None,
    ticket: str,
    answers: AnswerForm | None = None,
    is_test: bool = False,
) -> dict[str, Any]:
    """Return the context of the form itself, empty or with what was typed."""
    return {
        "form": form,
        "answers": answers or AnswerForm(form, member),
        "ticket": ticket,
        "is_test": is_test,
        "fastest": FASTEST_SECONDS,
        "befriend": bool(
            member
            and member.line_state != Member.LineState.FRIEND
            and form.account.basic_id
        ),
    }


def not_opened(
    request: HttpRequest, form: Form, why: str, status: int, wait: int = 0
) -> HttpResponse:
    context = {
        "why": why,
        "form": form,
        "liff_url": liff_url(form.account, f"{form.public_id}/"),
    }
    response = page(
        request, "not_opened", {**context, "minutes": -(-wait // 60)}, status
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def receive(request: ShopRequest, form: Form) -> HttpResponse:
    """Receive an answer; whatever is wrong with it, the page comes back with everything that was typed."""
    if is_longer(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        return too_big(request)
    text = request.POST.get("ticket", "")
    ticket = tickets.read(form, text)
    done = (
        Submission.objects.filter(form=form, ticket=ticket.digest).first()
        if ticket
        else None
    )
    if done:
        return to_thanks(done)
    member = holder_of(ticket) if ticket else None
    answers = AnswerForm(form, member, request.POST)
    back = Back(
        request, form, member, text, answers, is_test=bool(ticket and ticket.is_test)
    )
    if wait := limits.wait_to_answer(request, form, member):
        return back.because("busy", 429, wait)
    if not ticket or not member or ticket.is_expired:
        return back.because("expired", 410)
    if not form.is_open and not ticket.is_test:
        return back.because("closed", 403)
    if not answers.is_valid():
        return back.because("", 422)
    if answers.suggestion:
        return back.because("suggested", 422)
    if ticket.age < FASTEST_SECONDS:
        return back.because("fast", 422)
    return to_thanks(submit(form, member, ticket, answers.answers()))


def holder_of(ticket: tickets.Ticket) -> Member | None:
    """Return who answers: the member of the ticket, or the one into whom they were merged since the form was opened."""
    member = Member.objects.filter(public_id=ticket.member_id).first()
    return survivor_of(member) if member else None


class Back:
    """The page that returns an answer to the customer, with the reason."""

    def __init__(
        self,
        request: ShopRequest,
        form: Form,
        member: Member | None,
        ticket: str,
        answers: AnswerForm,
        is_test: bool,
    ) -> None:
        self.request, self.form, self.answers = request, form, answers
        test = form.test_key if is_test else ""
        self.context = filled(form, member, ticket, answers, is_test) | entrance(
            form, test
        )

    def because(self, why: str, status: int, wait: int = 0) -> HttpResponse:
        context = {
            **self.context,
            "why": why,
            "minutes": -(-wait // 60),
            "renew": why == "expired",
        }
        response = page(self.request, "again", context, status)
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response


def to_thanks(submission: Submission) -> HttpResponse:
    return redirect(
        "forms_builder:thanks", submission.form.public_id, submission.public_id
    )


def submission_or_404(public_id: str, key: str) -> Submission:
    rows = Submission.objects.select_related(
        "form__account", "member", "record", "tenant"
    )
    return get_object_or_404(rows, form__public_id=public_id, public_id=key)


@public
@require_safe
def thank(request: ShopRequest, public_id: str, key: str) -> HttpResponse:
    submission = submission_or_404(public_id, key)
    shown = thanks.is_shown(submission)
    context = {
        "submission": submission,
        "form": submission.form,
        "shown": shown,
        "rows": thanks.received(submission) if shown else [],
        "verdict": thanks.verdict(submission) if shown else None,
        "patience": thanks.PATIENCE_SECONDS,
        "again_url": reverse("forms_builder:answer", args=[public_id]),
        "befriend": submission.member.line_state != Member.LineState.FRIEND
        and submission.form.account.basic_id,
    }
    return page(request, "thanks", context)


@public
@require_safe
def result(request: ShopRequest, public_id: str, key: str) -> HttpResponse:
    """Show only the result of the instant check, for the page that waits for it."""
    submission = submission_or_404(public_id, key)
    verdict = thanks.verdict(submission) if thanks.is_shown(submission) else None
    again_url = reverse("forms_builder:answer", args=[public_id])
    return page(request, "verdict", {"verdict": verdict, "again_url": again_url})


def closed(request: HttpRequest) -> HttpResponse:
    text = _(
        "このフォームは現在受け付けていません。ご用の方は、ショップへお問い合わせください。"
    )
    return message(request, "neutral", _("受付を停止しています"), text, 200)


def wrong_test_key(request: HttpRequest) -> HttpResponse:
    text = _("管理画面のフォームのページから、テスト用URLを開き直してください。")
    return message(request, "warn", _("テスト用URLが正しくありません"), text, 404)


def is_longer(request: HttpRequest, most: int | None) -> bool:
    """Return whether the body is longer; asked before it is read, so nothing of an upload reaches the disk."""
    given = str(request.META.get("CONTENT_LENGTH") or "0")
    return not given.isdigit() or int(given) > (most or 0)


def too_big(request: HttpRequest) -> HttpResponse:
    text = _(
        "入力が大きすぎるため、受け取れませんでした。前の画面に戻り、短くしてから送信してください。"
    )
    return message(request, "warn", _("送信できませんでした"), text, 413)
