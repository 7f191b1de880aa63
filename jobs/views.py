"""処理の一覧 and 処理の詳細, and the message of other pages about a job that they started."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from console.filter_fields import ME
from console.numbers import parse_number
from console.pager import paginate_rows
from jobs import runner as running
from jobs.filters import JobFilters
from jobs.models import Job
from jobs.texts import JobDisplay, mark_jobs_seen
from operators.models import Seat
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW

FIRST_POLL, LONGEST_POLL = 2, 15


@require_right(VIEW)
@require_safe
def jobs(request: ShopRequest) -> HttpResponse:
    mark_jobs_seen(request)
    filters = JobFilters(request, Job.objects.select_related("operator"))
    page = paginate_rows(filters.qs, request.GET, ["-created_at"])
    context = {
        "page": page,
        "filters": filters,
        "shown": [JobDisplay(job, request.seat) for job in page.rows],
        "tabs": list_owner_tabs(filters),
    }
    return render(request, "jobs/list.html", context)


def list_owner_tabs(filters: JobFilters) -> list[dict[str, object]]:
    by = filters.chosen.get("by")
    labels = {"": _("すべて"), ME: _("自分の処理")}
    return [
        {
            "label": label,
            "url": filters.url_with(by=key),
            "count": None,
            "current": by == key or (not by and not key),
        }
        for key, label in labels.items()
    ]


@require_right(VIEW)
@require_safe
def job(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show the page; for htmx only the part that changes, which polls at longer and longer intervals."""
    mark_jobs_seen(request)
    shown = JobDisplay(get_job_or_404(public_id), request.seat)
    asked = parse_counter(request, "asked")
    context = {
        "shown": shown,
        "every": min(FIRST_POLL + asked // 5, LONGEST_POLL),
        "asked": asked + 1,
        # Announced by screen readers: the start, each quarter, the end.
        "news": not request.htmx
        or shown.quarter > parse_counter(request, "seen")
        or shown.job.state in Job.ENDED,
    }
    return render(
        request, f"jobs/{'state' if request.htmx else 'detail'}.html", context
    )


def parse_counter(request: HttpRequest, name: str) -> int:
    return parse_number(request.GET.get(name, ""), digits=5) or 0


def get_job_or_404(public_id: str) -> Job:
    return get_object_or_404(
        Job.objects.select_related("operator"), public_id=public_id
    )


def handle_job_action(
    request: ShopRequest,
    public_id: str,
    may: str,
    act: Callable[[Job], str],
    asking: str = "",
) -> HttpResponse:
    """Answer one of the job's buttons, or refuse it when it is not offered (any more)."""
    shown = JobDisplay(get_job_or_404(public_id), request.seat)
    if not getattr(shown, may):
        messages.error(
            request, _("この操作はもうできません。処理の状態を確かめてください。")
        )
    elif request.method == "POST":
        messages.success(request, act(shown.job))
    elif asking:
        return render(request, asking, {"shown": shown})
    return redirect("jobs:job", public_id)


@require_right(VIEW, when_closed=True, changes=True)
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: ShopRequest, public_id: str) -> HttpResponse:
    def act(job: Job) -> str:
        running.request_stop(job)
        return _("停止を受け付けました。いま処理している分が終わると止まります。")

    return handle_job_action(request, public_id, "may_stop", act)


@require_right(VIEW, changes=True)
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: ShopRequest, public_id: str) -> HttpResponse:
    def act(job: Job) -> str:
        running.resume_job(job)
        return _("続きから実行します。")

    return handle_job_action(request, public_id, "may_resume", act)


@require_right(VIEW, changes=True)
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: ShopRequest, public_id: str) -> HttpResponse:
    """Ask first, then undo; undoing a million rows is a job of its own, and its page comes next."""
    taken_back: list[Job] = []

    def act(job: Job) -> str:
        taken_back.extend(filter(None, [running.undo_job(job)]))
        return _("元に戻す処理を受け付けました。")

    answer = handle_job_action(request, public_id, "may_undo", act, "jobs/undo.html")
    return redirect("jobs:job", taken_back[0].public_id) if taken_back else answer


def announce_job(request: HttpRequest, job: Job) -> None:
    """Show a message about a job that a page started: that it was accepted or, once it has ended, the outcome."""
    shown = JobDisplay(job, Seat.objects.get(operator=request.user))  # type: ignore[misc]
    url = reverse("jobs:job", args=[job.public_id])
    if job.state == Job.State.DONE:
        link = (
            (reverse("jobs:job_undo", args=[job.public_id]), _("元に戻す"))
            if shown.may_undo
            else (url, _("詳細"))
        )
        messages.success(
            request,
            _format_message_with_link(" ".join(shown.lines) or shown.title, *link),
        )
    elif job.state == Job.State.FAILED:
        messages.error(request, _format_message_with_link(job.note, url, _("詳細")))
    else:
        words = _("「%(job)s」を受け付けました。") % {"job": shown.title}
        messages.success(
            request, _format_message_with_link(words, url, _("進み具合を見る"))
        )


def _format_message_with_link(words: str, url: str, link: str) -> Any:
    return format_html('{} <a href="{}">{}</a>', words, url, link)
