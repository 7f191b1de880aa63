"""What a customer sees after asking: the receipt, and between the one screen of offers, under /p/<shop>/r/.

The post is exempt from Django's CSRF check: it reads no cookie; the address, which the customer alone has, says whose
it is. The number of the receipt is said on the telephone and stands in messages, so the address is the number signed.
"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from forms_builder.models import Submission
from operators.rights import ShopRequest, mark_public
from rpa.models import CancellationRequest, RpaSettings
from rpa.offers.offer import answer_offer, list_offers, may_offer
from rpa.offers.patience import get_offer_end
from rpa.public.keys import read_key
from rpa.requests.describe import (
    describe_confirmation,
    get_date_label,
    get_days_label,
)
from rpa.requests.messages import list_contact_lines, write_refusal
from tenants.scope import act_as

State = CancellationRequest.State
# A page that waits for the search looks again by itself: after 2, 4, 8 … seconds, for about two minutes.
SHORTEST_PAUSE, LONGEST_PAUSE = 2, 64
UNDER_WAY = _("お手続きを進めています。")
PROGRESS: dict[str, str | Promise] = {
    State.CONFIRMED: UNDER_WAY,
    State.MATCHED: UNDER_WAY,
    State.SUBMITTING: UNDER_WAY,
    State.SUBMITTED: UNDER_WAY,
    State.PERSON: _("担当者が確認しています。"),
}


def find_thanks(request: CancellationRequest) -> str:
    """Return the form's own words to who has answered it; "" for a request that came another way."""
    rows = Submission.objects.select_related("form")
    answer = rows.filter(public_id=request.submission_key or None).first()
    return answer.form.thanks if answer else ""


@mark_public
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: ShopRequest, key: str) -> HttpResponse:
    rows = CancellationRequest.objects.select_related("cart")
    found = get_object_or_404(rows, public_id=read_key(key))
    if request.method == "POST":
        with act_as(None, "form"):
            answer_offer(found, request.POST.get("kind", ""))
        return redirect("rpa_public:receipt", key)
    settings = RpaSettings.load()
    is_offered, waits = found.state == State.OFFERED, may_offer(found, settings)
    context = {
        "found": found,
        "settings": settings,
        "offers": list_offers(found.cart, settings) if is_offered else [],
        "ends_at": get_offer_end(found),
        "waits": waits,
        "confirmation": describe_confirmation(found),
        "progress": PROGRESS.get(found.state, ""),
        "notes": list_contact_lines(settings),
        "thanks": find_thanks(found),
        "date_name": get_date_label(found),
        "days_name": get_days_label(found),
        "is_done": found.state == State.VERIFIED or found.why == "closed_done",
        "is_told": settings.tells_customers
        and settings.is_live
        and found.state != State.CLOSED,
        "refusal": write_refusal(found.why) if found.state == State.REFUSED else "",
    }
    template = "rpa/public/offer.html" if is_offered else "rpa/public/receipt.html"
    answer = render(request, template, context)
    answer.headers["Cache-Control"] = "no-store"
    age = int((timezone.now() - found.received_at).total_seconds())
    if waits and age <= LONGEST_PAUSE:
        answer.headers["Refresh"] = str(max(age, SHORTEST_PAUSE))
    return answer
