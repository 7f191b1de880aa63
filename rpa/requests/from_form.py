"""解約受付 forms: each answer is a request to cancel."""

from collections.abc import Sequence
from typing import Any

from cartsync.models import Cart, Link
from forms_builder.answers.read import Answered, list_given
from forms_builder.models import Form, Submission
from members.models import Member
from rpa.models import CancellationRequest, SearchKey
from rpa.requests.receive import receive_request
from tenants.models import Tenant

LONGEST_REASON = 200


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
    cart = find_cart(submission.member)
    if cart is None:
        return None
    answered = list_given(submission)
    given = {
        each.question.kind: each.text
        for each in answered
        if each.question.kind in SearchKey.values and not each.kept
    }
    if submission.member:
        known = {key: getattr(submission.member, key) for key in SearchKey.values}
        given = {**known, **given}
    return receive_request(
        cart,
        CancellationRequest.Kind.CANCEL,
        given,
        reason=write_reason(answered),
        member=submission.member,
    )


def find_cart(member: Member | None) -> Cart | None:
    """Return the cart that the member is linked with, else the shop's first active one."""
    active = Cart.objects.active().order_by("name", "pk")
    if member:
        links = Link.objects.current().filter(member=member)
        linked = active.filter(pk__in=links.values("cart")).first()
        if linked:
            return linked
    return active.first()


def write_reason(answered: Sequence[Answered]) -> str:
    """Return the answers to the other questions in one line: 「理由：余っている」."""
    lines = [
        f"{each.question.label}：{each.text}"
        for each in answered
        if each.question.kind not in SearchKey.values and each.text
    ]
    return "、".join(lines)[:LONGEST_REASON]
