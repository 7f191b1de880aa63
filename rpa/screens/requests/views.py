"""RPA設定 › 申請一覧."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from console.pager import paginate_rows
from members.conditions.stored_search import save_search
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_personal, require_right
from operators.roles import EDIT, EXPORT, PERSONAL, RPA_LIVE, VIEW
from rpa.evidence.case_file import export_case
from rpa.evidence.record import decode_picture
from rpa.executors.kinds import find_robot_login
from rpa.models import CancellationRequest, RpaSettings
from rpa.requests import decide
from rpa.requests.describe import describe_facts
from rpa.requests.receive import receive_request
from rpa.robot.troubles import TROUBLES
from rpa.screens.requests.filters import TABS, RequestFilters
from rpa.screens.requests.forms import CloseForm, RequestForm
from rpa.screens.requests.pictures import get_picture_or_404, list_pictures
from rpa.screens.requests.timeline import build_timeline


def get_request_or_404(public_id: str) -> CancellationRequest:
    rows = CancellationRequest.objects.select_related(
        "cart", "member", "made_by", "decided_by"
    )
    return get_object_or_404(rows, public_id=public_id)


@require_right(VIEW)
@save_search
@require_safe
def requests(request: ShopRequest) -> HttpResponse:
    rows = CancellationRequest.objects.select_related("cart")
    filters = RequestFilters(request, rows)
    page = paginate_rows(filters.qs, request.GET, order=["-received_at"])
    context = {
        "filters": filters,
        "page": page,
        "tabs": build_tabs(filters),
        "settings": RpaSettings.load(),
        "may_edit": request.seat.can(EDIT),
        "may_live": request.seat.can(RPA_LIVE),
    }
    return render(request, "rpa/requests/list.html", context)


def build_tabs(filters: RequestFilters) -> list[dict[str, object]]:
    chosen = filters.chosen.get("view", "")
    counts = filters.rows_of_all_tabs.aggregate(
        **{name: Count("pk", filter=query) for name, (_label, query) in TABS.items()},
        all=Count("pk", filter=Q()),
    )
    tabs = [
        *((name, label) for name, (label, _query) in TABS.items()),
        ("all", _("すべて")),
    ]
    return [
        {
            "label": label,
            "url": filters.url_with(view=None if name == "all" else name),
            "count": counts[name],
            "current": chosen == ("" if name == "all" else name),
        }
        for name, label in tabs
    ]


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ShopRequest) -> HttpResponse:
    form = RequestForm(request.POST or None, settings=RpaSettings.load())
    if request.method == "POST" and form.is_valid():
        made = receive_request(**form.values)
        messages.success(request, _("申請を受け付けました。カートで検索します。"))
        return redirect("rpa:request", made.public_id)
    status = 422 if form.is_bound else 200
    return render(request, "rpa/requests/new.html", {"form": form}, status=status)


@require_right(VIEW)
@require_safe
def show_request(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_request_or_404(public_id)
    return render_request(request, found, CloseForm())


def render_request(
    request: ShopRequest,
    found: CancellationRequest,
    form: CloseForm,
    status: int = 200,
) -> HttpResponse:
    stored = find_robot_login(found.cart) if found.state in found.WORKED else None
    context = {
        "found": found,
        "stored": stored,
        "trouble": TROUBLES.get(stored.trouble) if stored else None,
        "pictures": list_pictures(found) if request.seat.can(PERSONAL) else [],
        "settings": RpaSettings.load(),
        "timeline": build_timeline(found),
        "facts": describe_facts(found, with_contact=request.seat.can(PERSONAL)),
        "candidates": found.candidates.get("rows", []),
        "close_form": form,
        "may_edit": request.seat.can(EDIT),
        "may_see": request.seat.can(PERSONAL),
        "may_export": request.seat.can(EXPORT) and request.seat.can(PERSONAL),
        "may_rerun": request.seat.can(RPA_LIVE)
        and found.state == found.State.REHEARSED,
        "may_choose": found.state == found.State.PERSON
        and not found.attempt
        and found.why in decide.RESUMABLE,
        "may_close": found.state not in (*found.SENT, *decide.SETTLED),
    }
    return render(request, "rpa/requests/request.html", context, status=status)


@require_right(VIEW)
@require_personal
@require_safe
def picture(request: ShopRequest, public_id: str, pk: int) -> HttpResponse:
    row = get_picture_or_404(get_request_or_404(public_id), pk)
    png = decode_picture(row.picture)
    if not png:
        return redirect("rpa:request", public_id)  # a step without one, or unreadable
    answer = HttpResponse(png, content_type="image/png")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_right(EDIT)
@require_POST
def choose(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_request_or_404(public_id)
    if decide.choose_subscription(found, request.POST.get("subscription", "")):
        messages.success(request, _("選んだ定期で進めます。"))
    else:
        messages.error(
            request,
            _(
                "この定期では進められません。ほかの申請が残っていないか、画面で今の状態を確かめてください。"
            ),
        )
    return redirect("rpa:request", public_id)


@require_right(EDIT)
@require_POST
def close(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_request_or_404(public_id)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return render_request(request, found, form, status=422)
    if decide.close_request(found, **form.cleaned_data):
        messages.success(request, _("申請を終えました。"))
    else:
        messages.error(
            request,
            _("この申請はもう変わっています。画面で今の状態を確かめてください。"),
        )
    return redirect("rpa:request", public_id)


@require_right(RPA_LIVE)
@require_POST
def rerun(request: ShopRequest, public_id: str) -> HttpResponse:
    if decide.rerun_request(get_request_or_404(public_id)):
        messages.success(request, _("もう一度、検索から始めます。"))
    else:
        messages.error(
            request,
            _("この申請はもう変わっています。画面で今の状態を確かめてください。"),
        )
    return redirect("rpa:request", public_id)


@require_right(EXPORT)
@require_personal
@require_confirmation()
@require_POST
def export(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_request_or_404(public_id)
    kind = "zip" if request.POST.get("kind") == "zip" else "pdf"
    answer = HttpResponse(export_case(found, kind), content_type=f"application/{kind}")
    answer["Content-Disposition"] = f'attachment; filename="request-{public_id}.{kind}"'
    return answer
