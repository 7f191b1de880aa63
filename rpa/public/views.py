"""What a customer sees after asking: the one screen of offers, then the receipt, under /p/<shop>/r/.

The post is exempt from Django's CSRF check: it reads no cookie; the address, which the customer and the shop
alone have, says whose it is.
"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from operators.rights import ShopRequest, mark_public
from rpa.models import CancellationRequest, RpaSettings
from rpa.offers.offer import answer_offer, list_offers
from rpa.requests.messages import list_contact_lines, write_refusal
from tenants.scope import act_as

State = CancellationRequest.State


@mark_public
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: ShopRequest, public_id: str) -> HttpResponse:
    rows = CancellationRequest.objects.select_related("cart")
    found = get_object_or_404(rows, public_id=public_id)
    if request.method == "POST":
        with act_as(None, "form"):
            answer_offer(found, request.POST.get("kind", ""))
        return redirect("rpa_public:receipt", public_id)
    settings = RpaSettings.load()
    is_offered = found.state == State.OFFERED
    context = {
        "found": found,
        "settings": settings,
        "offers": list_offers(found, settings) if is_offered else [],
        "notes": list_contact_lines(settings),
        "is_done": found.state == State.VERIFIED or found.why == "closed_done",
        "is_told": settings.tells_customers
        and settings.is_live
        and found.state != State.CLOSED,
        "refusal": write_refusal(found.why) if found.state == State.REFUSED else "",
    }
    template = "rpa/public/offer.html" if is_offered else "rpa/public/receipt.html"
    answer = render(request, template, context)
    answer.headers["Cache-Control"] = "no-store"
    return answer
