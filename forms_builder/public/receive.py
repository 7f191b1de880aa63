"""An answer comes in: it is stored, or the page comes back with the reason and everything that was typed."""

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from forms_builder.answers.record import AnsweredOnce, submit_answers
from forms_builder.models import Form, FormVersion, Submission
from forms_builder.public import context, limits, tickets
from forms_builder.public.answer_form import AnswerForm
from forms_builder.public.answer_rate import get_turn_wait
from forms_builder.public.pages import answer_too_big, is_longer, render_page
from forms_builder.public.views_thanks import redirect_to_thanks
from forms_builder.versions import find_version
from members.identity.friendship import find_survivor
from members.models import Member
from operators.rights import ShopRequest

# The page sends it: it waits by itself and keeps what was typed, so it needs no page in answer.
WAITS = "X-Waits"


def answer_wait(seconds: int) -> HttpResponse:
    response = HttpResponse(status=429)
    response.headers["Retry-After"] = str(seconds)
    response.headers["X-Turn"] = "yes"
    response.headers["Cache-Control"] = "no-store"
    return response


def receive_answer(request: ShopRequest, form: Form) -> HttpResponse:
    """Receive an answer; whatever is wrong with it, the page comes back with everything that was typed."""
    if is_longer(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        return answer_too_big(request)
    text = request.POST.get("ticket", "")
    ticket = tickets.read_ticket(form, text)
    turn = get_turn_wait(form, ticket.digest) if ticket and not ticket.is_test else 0
    if turn and WAITS in request.headers:
        return answer_wait(turn)
    if ticket and (done := find_submission(form, ticket)):
        return redirect_to_thanks(done)
    member = find_ticket_holder(ticket) if ticket else None
    version = find_version(form, ticket.version if ticket else 0)
    by_link = bool(ticket and ticket.by_link)
    answers = AnswerForm(version, member, request.POST, offers=not by_link)
    back = ReturnedAnswer(
        request,
        version,
        member,
        text,
        answers,
        is_test=bool(ticket and ticket.is_test),
        link=ticket if ticket and by_link else None,
        is_anonymous=bool(ticket and not ticket.member_id) or by_link,
    )
    if wait := turn or limits.get_answering_wait(request, form, member):
        return back.because("busy", 429, wait)
    is_refused = bool(ticket and not may_answer(form, ticket, member))
    if ticket and is_refused and (by_link or not ticket.member_id):
        # A new ticket would be refused as well.
        return back.because("closed", 403)
    if not ticket or ticket.is_expired or is_refused:
        return back.because("expired", 410)
    taking = form.is_taking(timezone.now())
    if not taking and (form.is_external or not ticket.is_test):
        return back.because("closed", 403)
    if not ticket.is_test and context.has_answered_once(form, member):
        return back.because("answered", 409)
    if not answers.is_valid():
        return back.because("", 422)
    if answers.suggestion:
        return back.because("suggested", 422)
    if ticket.age < context.FASTEST_SECONDS:
        return back.because("fast", 422)
    try:
        submission = submit_answers(version, member, ticket, answers.list_answered())
    except AnsweredOnce:
        return back.because("answered", 409)
    return redirect_to_thanks(submission)


def find_submission(form: Form, ticket: tickets.Ticket) -> Submission | None:
    """Return the answer that used the ticket up; None before."""
    return Submission.objects.filter(form=form, ticket=ticket.digest).first()


def may_answer(form: Form, ticket: tickets.Ticket, member: Member | None) -> bool:
    """Return whether the ticket's holder is there, or the form takes the answers of nobody."""
    if ticket.login:
        return find_meant_member(ticket) is not None
    return bool(member) or (not ticket.member_id and form.allows_browser)


def find_ticket_holder(ticket: tickets.Ticket) -> Member | None:
    """Return who answers, None for nobody.

    It is the member of the ticket, or the one into whom they were merged since the form was opened. Nobody where LINE
    says that somebody else than the link's member holds the phone.
    """
    return None if ticket.login else find_meant_member(ticket)


def find_meant_member(ticket: tickets.Ticket) -> Member | None:
    if not ticket.member_id:
        return None
    rows = Member.objects.select_related("tenant")
    member = rows.filter(public_id=ticket.member_id).first()
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
        is_anonymous: bool = False,
        link: tickets.Ticket | None = None,
    ) -> None:
        self.request, self.answers = request, answers
        test = version.form.test_key if is_test else ""
        self.context = context.build_form_context(
            version, member, ticket, answers, is_test
        ) | context.build_entrance_context(version.form, test)
        self.is_anonymous = is_anonymous
        self.link = link

    def because(self, why: str, status: int, wait: int = 0) -> HttpResponse:
        shown = {
            **self.context,
            "why": why,
            "minutes": -(-wait // 60),
            "renew": why == "expired" and not self.is_anonymous,
            "anonymous": self.is_anonymous,
            "other_login": bool(self.link and self.link.login),
        }
        if why == "expired" and self.is_anonymous:
            # Nobody has to be asked who it is: the page goes on with a new ticket.
            version = self.context["version"]
            shown["ticket"] = tickets.issue_ticket(
                version.form,
                find_meant_member(self.link) if self.link else None,
                version=version.number,
                link=self.link.digest if self.link else "",
                login=self.link.login if self.link else "",
            )
        response = render_page(self.request, "again", shown, status)
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response
