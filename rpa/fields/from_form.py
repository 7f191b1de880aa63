"""解約受付 forms: each answer is a request."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from forms_builder.answers.read import list_given
from forms_builder.models import Form, Submission
from rpa.fields.carts import find_cart
from rpa.fields.wish import read_wish
from rpa.models import CancellationRequest, RpaSettings, SearchKey
from rpa.public.keys import build_key
from rpa.requests.messages import list_contact_lines
from rpa.requests.receive import receive_request
from rpa.requests.state import hand_to_person
from tenants.models import Tenant


def handle_submitted_answers(
    sender: object,
    tenant: Tenant,
    kind: str,
    submission_ids: Sequence[int],
    opened_at: Mapping[int, datetime] | None = None,
    **kwargs: Any,
) -> None:
    """Make a request of each answer to a 解約受付 form, in the answer's transaction."""
    if kind != Form.Kind.CANCEL:
        return
    rows = Submission.objects.filter(pk__in=list(submission_ids))
    for submission in rows.select_related("form", "version", "member"):
        receive_submission(submission, (opened_at or {}).get(submission.pk))


def receive_submission(
    submission: Submission, opened_at: datetime | None = None
) -> CancellationRequest | None:
    """Return the request that the answer makes; None in a shop without a cart.

    The customer is searched by what was answered; what was left as the shop knows it, or not asked, is the member's.
    """
    answered = list_given(submission)
    wish = read_wish(answered)
    cart = wish.cart or find_cart(submission.member)
    if cart is None:
        return None
    given = {
        each.question.kind: each.text
        for each in answered
        if each.question.kind in SearchKey.values and not each.kept
    }
    if submission.member:
        known = {key: getattr(submission.member, key) for key in SearchKey.values}
        given = {**known, **given}
    request = receive_request(
        cart,
        wish.kind,
        given,
        product=wish.product,
        subscription=wish.subscription,
        reason=wish.reason,
        note=wish.note,
        wanted_date=wish.wanted_date,
        every_days=wish.every_days,
        member=submission.member,
        opened_at=opened_at,
        is_stranger=submission.member is None,
        submission_key=submission.public_id,
    )
    if wish.doubt:
        hand_to_person(request, wish.doubt)
    return request


def find_receipt_page(submission: Submission) -> str:
    """Return the page of the request that the answer made; "" for an answer that made none."""
    if submission.form.kind != Form.Kind.CANCEL or submission.is_test:
        return ""
    made = CancellationRequest.objects.filter(submission_key=submission.public_id)
    request = made.first()
    return reverse("rpa_public:receipt", args=[build_key(request)]) if request else ""


def list_form_notes(form: Form) -> list[str]:
    """Return how else somebody can cancel, for the pages of a 解約受付 form."""
    if form.kind != Form.Kind.CANCEL:
        return []
    return list_contact_lines(RpaSettings.load())
