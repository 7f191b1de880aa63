"""解約受付 forms: each answer is a request."""

from collections.abc import Sequence
from typing import Any

from forms_builder.answers.read import list_given
from forms_builder.models import Form, Submission
from rpa.fields.carts import find_cart
from rpa.fields.wish import read_wish
from rpa.models import CancellationRequest, SearchKey
from rpa.requests.receive import receive_request
from rpa.requests.state import hand_to_person
from tenants.models import Tenant


def handle_submitted_answers(
    sender: object, tenant: Tenant, submission_ids: Sequence[int], **kwargs: Any
) -> None:
    """Make a request of each answer to a 解約受付 form, in the answer's transaction."""
    rows = Submission.objects.filter(
        pk__in=list(submission_ids), form__kind=Form.Kind.CANCEL
    )
    for submission in rows.select_related("form", "version", "member"):
        receive_submission(submission)


def receive_submission(submission: Submission) -> CancellationRequest | None:
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
    )
    if wish.doubt:
        hand_to_person(request, wish.doubt)
    return request
