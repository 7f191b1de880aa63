"""What customers see, under /p/<shop>/f/.

Both posts are exempt from Django's CSRF check: they read no cookie. What acts is the ID token or the ticket in the
body, which another site does not have, so there is no standing authority to borrow; and an in-app browser that
drops cookies can still answer.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from forms_builder.answers.record import submit_answers
from forms_builder.fields.hidden import read_link_values
from forms_builder.models import Form, FormVersion, Submission
from forms_builder.public import limits, tickets
from forms_builder.public.answer_form import AnswerForm
from forms_builder.public.liff_policy import allow_liff
from forms_builder.public.open_form import get_member_by_token
from forms_builder.public.pages import (
    answer_closed,
    answer_too_big,
    answer_wrong_test_key,
    is_longer,
    render_page,
)
from forms_builder.public.views_thanks import redirect_to_thanks
from forms_builder.versions import find_version
from members.identity.friendship import find_survivor
from members.models import Member
from messaging.channels.line.errors import TokenRefused
from messaging.channels.line.links import build_liff_url
from messaging.models import LineAccount
from operators.rights import ShopRequest, mark_public
from outbound.errors import TryLater

LONGEST_TOKEN = 10_000
LONGEST_OPENING = 50_000
# Nobody reads and answers faster; liff.js waits for it, so only what is no browser meets it.
FASTEST_SECONDS = 1.5


def get_public_form_or_404(public_id: str) -> Form:
    return get_object_or_404(
        Form.objects.select_related("account", "tenant"), public_id=public_id
    )


def build_entrance_context(form: Form, test: str = "") -> dict[str, Any]:
    """Return what the page needs to log in through LIFF."""
    query = f"?test={test}" if test else ""
    return {
        "form": form,
        "liff_id": form.account.liff_id,
        "liff_url": build_liff_url(form.account, f"{form.public_id}/{query}"),
        "test": test,
    }


@mark_public
@allow_liff
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
    return render_page(
        request,
        "endpoint",
        {"liff_id": account.liff_id if account else "", "moves": bool(form)},
    )


@mark_public
@csrf_exempt
@allow_liff
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: ShopRequest, public_id: str) -> HttpResponse:
    form = get_public_form_or_404(public_id)
    if request.method == "POST":
        return receive_answer(request, form)
    test = request.GET.get("test", "")
    if test and not tickets.is_test_key(form, test):
        return answer_wrong_test_key(request)
    if not form.is_open and not test:
        return answer_closed(request)
    return render_page(request, "answer", build_entrance_context(form, test))


@mark_public
@csrf_exempt
@require_POST
def open_form(request: ShopRequest, public_id: str) -> HttpResponse:
    """Exchange the raw ID token for the form, as a piece of HTML with a fresh ticket in it."""
    form = get_public_form_or_404(public_id)
    if is_longer(request, LONGEST_OPENING):
        return answer_too_big(request)
    if wait := limits.get_opening_wait(request, form):
        return answer_not_opened(request, form, "busy", 429, wait)
    test, token = request.POST.get("test", ""), request.POST.get("id_token", "")
    if (test and not tickets.is_test_key(form, test)) or not (form.is_open or test):
        return answer_not_opened(request, form, "closed", 403)
    try:
        if not 1 <= len(token) <= LONGEST_TOKEN:
            raise TokenRefused("invalid")
        member = get_member_by_token(form, token, is_test=bool(test))
    except TokenRefused:
        return answer_not_opened(request, form, "refused", 401)
    except TryLater:
        return answer_not_opened(request, form, "unavailable", 503, 30)
    if wait := limits.get_member_opening_wait(form, member):
        return answer_not_opened(request, form, "busy", 429, wait)
    number = request.POST.get("version", "")
    readable = number.isascii() and number.isdecimal() and len(number) < 7
    version = find_version(form, int(number) if readable else 0)
    ticket = tickets.issue_ticket(
        form, member, is_test=bool(test), version=version.number
    )
    answers = AnswerForm(version, member, link=read_link(request, version))
    context = build_form_context(version, member, ticket, answers, is_test=bool(test))
    return render_page(request, "opened", context)


def read_link(request: HttpRequest, version: FormVersion) -> dict[str, str]:
    """Return what the link carries for the questions that name it."""
    query = QueryDict(request.POST.get("query", "")[:2_000].lstrip("?"))
    named = {each.settings.get("param") for each in version.questions} - {None}
    return read_link_values(query, {str(name) for name in named})


def build_form_context(
    version: FormVersion,
    member: Member | None,
    ticket: str,
    answers: AnswerForm,
    is_test: bool = False,
) -> dict[str, Any]:
    """Return the context of the form itself, empty or with what was typed."""
    form = version.form
    return {
        "form": form,
        "version": version,
        "answers": answers,
        "ticket": ticket,
        "is_test": is_test,
        "fastest": FASTEST_SECONDS,
        "befriend": bool(
            member
            and member.line_state != Member.LineState.FRIEND
            and form.account.basic_id
        ),
    }


def answer_not_opened(
    request: HttpRequest, form: Form, why: str, status: int, wait: int = 0
) -> HttpResponse:
    context = {
        "why": why,
        "form": form,
        "liff_url": build_liff_url(form.account, f"{form.public_id}/"),
    }
    response = render_page(
        request, "not_opened", {**context, "minutes": -(-wait // 60)}, status
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def receive_answer(request: ShopRequest, form: Form) -> HttpResponse:
    """Receive an answer; whatever is wrong with it, the page comes back with everything that was typed."""
    if is_longer(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        return answer_too_big(request)
    text = request.POST.get("ticket", "")
    ticket = tickets.read_ticket(form, text)
    done = (
        Submission.objects.filter(form=form, ticket=ticket.digest).first()
        if ticket
        else None
    )
    if done:
        return redirect_to_thanks(done)
    member = find_ticket_holder(ticket) if ticket else None
    version = find_version(form, ticket.version if ticket else 0)
    answers = AnswerForm(version, member, request.POST)
    back = ReturnedAnswer(
        request, version, member, text, answers, is_test=bool(ticket and ticket.is_test)
    )
    if wait := limits.get_answering_wait(request, form, member):
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
    return redirect_to_thanks(
        submit_answers(version, member, ticket, answers.list_answered())
    )


def find_ticket_holder(ticket: tickets.Ticket) -> Member | None:
    """Return who answers: the member of the ticket, or the one into whom they were merged since the form was opened."""
    member = Member.objects.filter(public_id=ticket.member_id).first()
    return find_survivor(member) if member else None


class ReturnedAnswer:
    """The page that returns an answer to the customer, with the reason."""

    def __init__(
        self,
        request: ShopRequest,
        version: FormVersion,
        member: Member | None,
        ticket: str,
        answers: AnswerForm,
        is_test: bool,
    ) -> None:
        self.request, self.answers = request, answers
        test = version.form.test_key if is_test else ""
        self.context = build_form_context(
            version, member, ticket, answers, is_test
        ) | build_entrance_context(version.form, test)

    def because(self, why: str, status: int, wait: int = 0) -> HttpResponse:
        context = {
            **self.context,
            "why": why,
            "minutes": -(-wait // 60),
            "renew": why == "expired",
        }
        response = render_page(self.request, "again", context, status)
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response
