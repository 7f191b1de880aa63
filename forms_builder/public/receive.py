"""An answer comes in: it is stored, or the page comes back with the reason and everything that was typed."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property

from forms_builder.answers.record import AnsweredOnce, submit_answers
from forms_builder.models import Form, FormVersion, Submission
from forms_builder.public import context, limits, tickets
from forms_builder.public.answer_form import AnswerForm
from forms_builder.public.answer_rate import Turn, get_turn, hold_place
from forms_builder.public.pages import answer_too_big, is_longer, render_page
from forms_builder.public.views_thanks import redirect_to_thanks
from forms_builder.versions import find_version
from members.identity.friendship import find_survivor
from members.models import Member
from operators.rights import ShopRequest

# The page sends it: it waits by itself and keeps what was typed, so it needs no page in answer; of this value, it also
# goes on by itself.
WAITS, FOLLOWS = "X-Waits", "next"


def answer_wait(seconds: int) -> HttpResponse:
    response = HttpResponse(status=429)
    response.headers["Retry-After"] = str(seconds)
    response.headers["X-Turn"] = "yes"
    response.headers["Cache-Control"] = "no-store"
    return response


def receive_answer(request: ShopRequest, public_id: str) -> HttpResponse:
    """Receive an answer; whatever is wrong with it, the page comes back with everything that was typed."""
    if is_longer(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        return answer_too_big(request)
    # A ticket says that its form is there: who only waits for their turn costs no look into the database.
    named = Form(tenant=request.tenant, public_id=public_id)
    ticket = tickets.read_ticket(named, request.POST.get("ticket", ""))
    turn = find_turn(named, ticket)
    if WAITS not in request.headers:
        return take_or_return(request, public_id, ticket, turn)
    if turn.wait:
        return answer_wait(turn.wait)
    with hold_place(turn, get_queued_seconds(request)) as is_free:
        if not is_free:
            return answer_wait(turn.draw_later())
        return take_or_return(request, public_id, ticket, turn)


def take_or_return(
    request: ShopRequest, public_id: str, ticket: tickets.Ticket | None, turn: Turn
) -> HttpResponse:
    """Take the answer in, or return the page with the reason."""
    form = get_answered_form_or_404(request, public_id)
    sent = SentAnswer(request, form, ticket)
    why, status, wait = sent.find_refusal(turn.wait)
    if not status:
        try:
            return lead_on(request, sent.take_in())
        except AnsweredOnce:
            why, status = "answered", 409
    # The same ticket again leads to what it made, whatever would be said of it now.
    if sent.ticket and (done := find_submission(form, sent.ticket)):
        return lead_on(request, done)
    return sent.return_page(why, status, wait)


def lead_on(request: ShopRequest, submission: Submission) -> HttpResponse:
    """Lead to the thanks; the page is told where, so that it does not fetch them only to be led there once more."""
    response = redirect_to_thanks(submission)
    if request.headers.get(WAITS) != FOLLOWS:
        return response
    return HttpResponse(status=204, headers={"X-Next": response.headers["Location"]})


def get_queued_seconds(request: ShopRequest) -> float:
    """Return how long the request waited for a thread, by our own server's word; 0 under any other."""
    try:
        return float(request.headers.get("X-Queued-Seconds", ""))
    except ValueError:
        return 0.0


def find_turn(form: Form, ticket: tickets.Ticket | None) -> Turn:
    """Return when it is this answer's turn; a test waits for nobody."""
    if not ticket or ticket.is_test:
        return Turn()
    return get_turn(form, ticket.digest)


def get_answered_form_or_404(request: ShopRequest, public_id: str) -> Form:
    """Return the form with what an answer needs of it."""
    rows = Form.objects.select_related("mail")
    form = get_object_or_404(rows, public_id=public_id)
    form.tenant = request.tenant
    return form


class SentAnswer:
    """What came in: who answers which version, by which ticket, and what was typed."""

    def __init__(
        self, request: ShopRequest, form: Form, ticket: tickets.Ticket | None
    ) -> None:
        self.request, self.form, self.ticket = request, form, ticket
        self.by_link = bool(ticket and ticket.by_link)
        self.is_test = bool(ticket and ticket.is_test)

    @cached_property
    def member(self) -> Member | None:
        member = find_ticket_holder(self.ticket) if self.ticket else None
        if member:
            member.tenant = self.form.tenant
        return member

    @cached_property
    def answers(self) -> AnswerForm:
        ticket = self.ticket
        return AnswerForm(
            find_version(self.form, ticket.version if ticket else 0),
            self.member,
            self.request.POST,
            offers=not self.by_link,
            signed=ticket.signed if ticket else None,
        )

    def find_refusal(self, turn: int) -> tuple[str, int, int]:
        """Return why it is not taken in, the status, and the seconds to wait; status 0 where it can be."""
        form, ticket = self.form, self.ticket
        if wait := turn or limits.get_answering_wait(self.request, form, self.member):
            return "busy", 429, wait
        is_refused = bool(ticket and not may_answer(form, ticket, self.member))
        if ticket and is_refused and (self.by_link or not ticket.member_id):
            # A new ticket would be refused as well.
            return "closed", 403, 0
        if not ticket or ticket.is_expired or is_refused:
            return "expired", 410, 0
        taking = form.is_taking(timezone.now())
        if not taking and (form.is_external or not ticket.is_test):
            return "closed", 403, 0
        if not ticket.is_test and context.has_answered_once(form, self.member):
            return "answered", 409, 0
        return self.find_mistake(ticket)

    def find_mistake(self, ticket: tickets.Ticket) -> tuple[str, int, int]:
        """Return the same about what was typed."""
        if not self.answers.is_valid():
            return "", 422, 0
        if self.answers.suggestion:
            return "suggested", 422, 0
        if ticket.age < context.FASTEST_SECONDS:
            return "fast", 422, 0
        return "", 0, 0

    def take_in(self) -> Submission:
        """Store what was found right. Raise AnsweredOnce."""
        assert self.ticket
        return submit_answers(
            self.answers.version,
            self.member,
            self.ticket,
            self.answers.list_answered(),
        )

    def return_page(self, why: str, status: int, wait: int) -> HttpResponse:
        """Return the page with the reason and everything that was typed."""
        version, ticket, is_test = self.answers.version, self.ticket, self.is_test
        is_anonymous = bool(ticket and not ticket.member_id) or self.by_link
        shown = {
            **context.build_form_context(
                version,
                self.member,
                self.request.POST.get("ticket", ""),
                self.answers,
                is_test,
            ),
            **context.build_entrance_context(
                self.form, self.form.test_key if is_test else ""
            ),
            "why": why,
            "minutes": -(-wait // 60),
            "renew": why == "expired" and not is_anonymous,
            "anonymous": is_anonymous,
            "other_login": bool(self.by_link and ticket and ticket.login),
        }
        if ticket and why == "expired" and is_anonymous:
            # Nobody has to be asked who it is: the page goes on with a new ticket.
            shown["ticket"] = renew_ticket(version, ticket)
        response = render_page(self.request, "again", shown, status)
        if wait:
            response.headers["Retry-After"] = str(wait)
        return response


def renew_ticket(version: FormVersion, ticket: tickets.Ticket) -> str:
    """Return a new ticket for the page of somebody whom LINE did not name."""
    return tickets.issue_ticket(
        version.form,
        find_meant_member(ticket) if ticket.by_link else None,
        version=version.number,
        link=ticket.digest if ticket.by_link else "",
        login=ticket.login,
        signed=ticket.signed,
    )


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
    member = Member.objects.filter(public_id=ticket.member_id).order_by().first()
    return find_survivor(member) if member else None
