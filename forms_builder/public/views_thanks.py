"""What a customer sees after answering: thanks, and the verdict of the cart as soon as it is there."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from forms_builder.extension import find_next_page
from forms_builder.models import Submission
from forms_builder.public import thanks
from forms_builder.public.liff_policy import allow_liff
from forms_builder.public.pages import render_page
from members.models import Member
from operators.rights import ShopRequest, mark_public


def redirect_to_thanks(submission: Submission) -> HttpResponse:
    if page := find_next_page(submission):
        return redirect(page)
    return redirect(
        "forms_builder:thanks", submission.form.public_id, submission.public_id
    )


def is_from_line_unfriended(submission: Submission) -> bool:
    """Return whether LINE said who answered, and they are not the shop's friend, or block it."""
    member = submission.member
    by_line = submission.way == Submission.Way.LINE and bool(member)
    return by_line and bool(member and member.line_state != Member.LineState.FRIEND)


def get_submission_or_404(public_id: str, key: str) -> Submission:
    rows = Submission.objects.select_related(
        "form__account", "member", "record", "tenant"
    )
    return get_object_or_404(rows, form__public_id=public_id, public_id=key)


@mark_public
@allow_liff
@require_safe
def thank(request: ShopRequest, public_id: str, key: str) -> HttpResponse:
    submission = get_submission_or_404(public_id, key)
    shown = thanks.is_shown(submission)
    befriend = shown and is_from_line_unfriended(submission)
    context = {
        "submission": submission,
        "form": submission.form,
        "shown": shown,
        "rows": thanks.list_received_answers(submission) if shown else [],
        "verdict": thanks.get_check_result(submission) if shown else None,
        "patience": thanks.PATIENCE_SECONDS,
        "again_url": reverse("forms_builder:answer", args=[public_id]),
        "befriend": befriend,
        # The page then loads LINE's SDK, for the sheet that LINE itself shows.
        "liff_id": submission.form.account.liff_id if befriend else "",
    }
    return render_page(request, "thanks", context)


@mark_public
@require_safe
def result(request: ShopRequest, public_id: str, key: str) -> HttpResponse:
    """Show only the result of the instant check, for the page that waits for it."""
    submission = get_submission_or_404(public_id, key)
    verdict = (
        thanks.get_check_result(submission) if thanks.is_shown(submission) else None
    )
    again_url = reverse("forms_builder:answer", args=[public_id])
    return render_page(
        request, "decision", {"verdict": verdict, "again_url": again_url}
    )
