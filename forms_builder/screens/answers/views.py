"""The answers to a form: the list with its tabs, and one answer, whose sender may have to be found."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console.pager import paginate_rows
from forms_builder.answers.figures import Figure, build_figures
from forms_builder.answers.pending import (
    attach_submission,
    dismiss_submission,
    list_candidates,
)
from forms_builder.mail.book import list_mails
from forms_builder.models import Form, Submission
from forms_builder.screens.filters import REAL, TABS, AnswerFilters
from forms_builder.screens.preview_model import list_questions
from forms_builder.screens.views import get_form_or_404
from members.conditions.search import cache_searches
from members.conditions.stored_search import redirect_to_search
from members.models import Member
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, VIEW


@require_right(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
@cache_searches()
def answers(request: ShopRequest, public_id: str) -> HttpResponse:
    """List the answers, newest first; those of nobody yet and test answers apart too."""
    shown = get_form_or_404(public_id)
    if request.method == "POST":
        return redirect_to_search(request)
    rows = Submission.objects.filter(form=shown).to_show()
    filters = AnswerFilters(request, rows)
    tabs = build_tabs(filters)
    show = filters.chosen.get("show", "")
    page = paginate_rows(
        filters.qs,
        request.GET,
        ["-received_at"],
        total=next((tab["count"] for tab in tabs if tab["current"]), None),
    )
    context = {
        "form": shown,
        "page": page,
        "filters": filters,
        "tabs": tabs,
        "show": show,
        "figures": draw_figures(shown, filters.qs) if not show and page.rows else [],
    }
    return render(request, "forms_builder/screens/answers.html", context)


def build_tabs(filters: AnswerFilters) -> list[dict[str, Any]]:
    tabs = {"": (_("回答"), REAL), **TABS}
    counts = filters.rows_of_all_tabs.aggregate(
        **{name or "real": Count("pk", filter=q) for name, (_label, q) in tabs.items()}
    )
    return [
        {
            "label": label,
            "url": filters.url_with(show=name),
            "count": counts[name or "real"],
            "current": name == filters.chosen.get("show", ""),
        }
        for name, (label, _q) in tabs.items()
    ]


def draw_figures(form: Form, rows: QuerySet[Submission]) -> list[Figure]:
    """Return the figures of what the list shows on all its pages."""
    return build_figures(list_questions(form), rows.filter(dismissed_at=None))


@require_right(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show one answer; a pending one is attached to a member, or dismissed."""
    submission = get_object_or_404(Submission.objects.to_show(), public_id=public_id)
    if request.method == "POST" and "find" not in request.POST:
        return settle_submission(request, submission)
    typed = request.POST.get("find", "")[:254]
    waits = not submission.member and not submission.is_test
    waits = waits and not submission.dismissed_at
    context = {
        "form": submission.form,
        "submission": submission,
        "pending": waits,
        "typed": typed,
        "mails": list_mails(submission),
        "may_edit": request.seat.can(EDIT),
        "candidates": list_candidates(submission, typed) if waits else [],
    }
    return render(request, "forms_builder/screens/answer.html", context)


@require_right(EDIT)
def settle_submission(request: ShopRequest, submission: Submission) -> HttpResponse:
    """Attach the answer to the chosen member, or dismiss it."""
    if request.POST.get("dismiss"):
        done = dismiss_submission(submission)
        said = _("この回答を対象外にしました。")
    else:
        alive = Member.objects.filter(deleted_at=None)
        member = alive.filter(public_id=request.POST.get("member", "")).first()
        if member is None:
            messages.error(request, _("会員を選んでから、もう一度押してください。"))
            return redirect("forms_builder:answer", submission.public_id)
        assert request.user.is_authenticated
        done = attach_submission(submission, member, request.user)
        said = _("回答を会員にひも付けました。")
    if done:
        messages.success(request, said)
    else:
        messages.error(
            request, _("ほかの人が先に処理しました。いまの状態を表示しています。")
        )
    return redirect("forms_builder:answer", submission.public_id)
