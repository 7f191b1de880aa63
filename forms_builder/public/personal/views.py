"""The page of a personal link: the form, empty, for the member to whom our mail went.

A mail is passed on now and then. Where the browser is logged in to LINE as somebody else, the answer is nobody's until
an operator says whose it is. A page that knows nothing of LINE is the member's, as the mail is.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from forms_builder.models import Submission
from forms_builder.public import limits, tickets
from forms_builder.public.answer_form import AnswerForm
from forms_builder.public.context import build_form_context
from forms_builder.public.liff_policy import allow_liff
from forms_builder.public.open_form import ask_who_is_logged_in
from forms_builder.public.pages import (
    answer_closed,
    answer_too_big,
    is_longer,
    render_message,
    render_page,
)
from forms_builder.public.personal.links import read_link_token
from forms_builder.public.views import (
    LONGEST_OPENING,
    answer_not_opened,
    get_public_form_or_404,
)
from forms_builder.versions import find_version
from members.identity.friendship import find_survivor
from members.models import Member
from messaging.channels.line.errors import TokenRefused
from operators.rights import ShopRequest, mark_public
from outbound.errors import TryLater


@mark_public
@allow_liff
@require_safe
def open_personal_link(
    request: ShopRequest, public_id: str, token: str
) -> HttpResponse:
    form = get_public_form_or_404(public_id)
    if not form.is_taking(timezone.now()):
        return answer_closed(request)
    if wait := limits.get_opening_wait(request, form):
        return answer_not_opened(request, form, "busy", 429, wait, page="refused_page")
    link = read_link_token(form, token)
    member = link and Member.objects.filter(public_id=link.member_id).first()
    holder = find_survivor(member) if member else None
    if not link or not holder or holder.deleted_at:
        return answer_bad_link(request)
    if Submission.objects.filter(ticket=link.digest).exists():
        return answer_used_link(request)
    version = find_version(form, 0)
    ticket = tickets.issue_ticket(
        form, holder, version=version.number, link=link.digest, signed=link.values
    )
    answers = AnswerForm(version, holder, link=link.values, offers=False)
    context = build_form_context(version, None, ticket, answers)
    context |= {"liff_id": form.account.liff_id, "link_token": token}
    response = render_page(request, "browser", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@mark_public
@csrf_exempt
@require_POST
def compare_login(request: ShopRequest, public_id: str, token: str) -> HttpResponse:
    """Answer {"ticket": …} where LINE says that somebody else is logged in, else {}: the page's own ticket is right."""
    form = get_public_form_or_404(public_id)
    if is_longer(request, LONGEST_OPENING):
        return answer_too_big(request)
    if wait := limits.get_opening_wait(request, form):
        return answer_not_opened(request, form, "busy", 429, wait)
    link = read_link_token(form, token)
    meant = link and Member.objects.filter(public_id=link.member_id).first()
    holder = find_survivor(meant) if meant else None
    if not link or not holder:
        return answer_bad_link(request)
    try:
        login = ask_who_is_logged_in(form, request.POST.get("id_token", ""), holder)
    except (TokenRefused, TryLater):
        login = ""  # LINE says nothing: the mail alone speaks
    ticket = tickets.issue_ticket(
        form,
        holder,
        version=find_version(form, 0).number,
        link=link.digest,
        login=login,
        signed=link.values,
    )
    response = JsonResponse({"ticket": ticket} if login else {})
    response.headers["Cache-Control"] = "no-store"
    return response


def answer_bad_link(request: HttpRequest) -> HttpResponse:
    text = _(
        "リンクの期限（30日）が切れたか、リンクが途中で切れています。ご用の方は、ショップへお問い合わせください。"
    )
    return render_message(request, "warn", _("このリンクは使えません"), text, 410)


def answer_used_link(request: HttpRequest) -> HttpResponse:
    text = _("このリンクからは、すでにご回答いただいています。ありがとうございました。")
    return render_message(request, "neutral", _("回答済みです"), text, 409)
