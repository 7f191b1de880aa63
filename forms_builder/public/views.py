"""What customers see, under /p/<shop>/f/.

Both posts are exempt from Django's CSRF check: they read no cookie. What acts is the ID token or the ticket in the
body, which another site does not have, so there is no standing authority to borrow; and an in-app browser that
drops cookies can still answer.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from console.numbers import parse_number
from forms_builder.models import Form
from forms_builder.public import limits, tickets
from forms_builder.public.answer_form import AnswerForm
from forms_builder.public.context import (
    build_entrance_context,
    build_form_context,
    has_answered_once,
    read_link,
)
from forms_builder.public.external import redirect_elsewhere
from forms_builder.public.liff_policy import allow_liff
from forms_builder.public.open_form import LONGEST_TOKEN, get_member_by_token
from forms_builder.public.pages import (
    answer_closed,
    answer_too_big,
    answer_wrong_test_key,
    is_longer,
    render_page,
)
from forms_builder.public.receive import receive_answer
from forms_builder.versions import find_version
from messaging.channels.line.errors import TokenRefused
from messaging.channels.line.links import build_liff_url
from messaging.models import LineAccount
from operators.rights import ShopRequest, mark_public
from outbound.errors import TryLater

LONGEST_OPENING = 50_000


def get_public_form_or_404(public_id: str) -> Form:
    return get_object_or_404(
        Form.objects.select_related("account", "tenant"), public_id=public_id
    )


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
    if request.method == "POST":
        return receive_answer(request, public_id)
    form = get_public_form_or_404(public_id)
    test = request.GET.get("test", "")
    if test and not tickets.is_test_key(form, test):
        return answer_wrong_test_key(request)
    if not form.is_reachable(timezone.now()) and not test:
        return answer_closed(request)
    if form.is_external:
        return redirect_elsewhere(request, form, test)
    return render_page(request, "answer", build_entrance_context(form, test))


@mark_public
@allow_liff
@require_safe
def answer_without_line(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show the form in any browser, to somebody whom nobody has identified: nothing that is known is shown."""
    form = get_public_form_or_404(public_id)
    if not form.is_taking(timezone.now()):
        return answer_closed(request)
    if not form.allows_browser:
        return render_page(request, "answer", build_entrance_context(form))
    if wait := limits.get_opening_wait(request, form):
        return answer_not_opened(request, form, "busy", 429, wait, page="refused_page")
    version = find_version(form, 0)
    link = read_link(request.GET.urlencode(), version)
    ticket = tickets.issue_ticket(
        form, None, version=version.number, signed=link.signed
    )
    answers = AnswerForm(version, link=link.shown)
    context = build_form_context(version, None, ticket, answers)
    return render_page(request, "browser", context)


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
    taking = (bool(test) and not form.is_external) or form.is_taking(timezone.now())
    if (test and not tickets.is_test_key(form, test)) or not taking:
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
    if not test and has_answered_once(form, member):
        return answer_not_opened(request, form, "answered", 409)
    number = parse_number(request.POST.get("version", ""), digits=6)
    version = find_version(form, number or 0)
    link = read_link(request.POST.get("query", ""), version)
    ticket = tickets.issue_ticket(
        form,
        member,
        is_test=bool(test),
        version=version.number,
        signed=link.signed,
    )
    answers = AnswerForm(version, member, link=link.shown)
    context = build_form_context(version, member, ticket, answers, is_test=bool(test))
    return render_page(request, "opened", context)


def answer_not_opened(
    request: HttpRequest,
    form: Form,
    why: str,
    status: int,
    wait: int = 0,
    page: str = "not_opened",
) -> HttpResponse:
    context = {
        "why": why,
        "form": form,
        "liff_url": build_liff_url(form.account, f"{form.public_id}/"),
    }
    response = render_page(
        request, page, {**context, "minutes": -(-wait // 60)}, status
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
