"""The page of a personal link: the form, empty, for the member to whom our mail went."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from forms_builder.models import Submission
from forms_builder.public import limits, tickets
from forms_builder.public.answer_form import AnswerForm
from forms_builder.public.context import build_form_context
from forms_builder.public.pages import answer_closed, render_message, render_page
from forms_builder.public.personal.links import read_link_token
from forms_builder.public.views import answer_not_opened, get_public_form_or_404
from forms_builder.versions import find_version
from members.identity.friendship import find_survivor
from members.models import Member
from operators.rights import ShopRequest, mark_public


@mark_public
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
        form, holder, version=version.number, link=link.digest
    )
    answers = AnswerForm(version, holder, offers=False)
    context = build_form_context(version, None, ticket, answers)
    response = render_page(request, "browser", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def answer_bad_link(request: HttpRequest) -> HttpResponse:
    text = _(
        "リンクの期限（30日）が切れたか、リンクが途中で切れています。ご用の方は、ショップへお問い合わせください。"
    )
    return render_message(request, "warn", _("このリンクは使えません"), text, 410)


def answer_used_link(request: HttpRequest) -> HttpResponse:
    text = _("このリンクからは、すでにご回答いただいています。ありがとうございました。")
    return render_message(request, "neutral", _("回答済みです"), text, 409)
