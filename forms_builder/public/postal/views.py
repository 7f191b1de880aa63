"""The look-up of an address while somebody types: by a ticket alone, for a form that asks for it."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from forms_builder.fields.postal_code import read_postal_code
from forms_builder.public import tickets
from forms_builder.public.pages import answer_too_big, is_longer
from forms_builder.public.postal.table import find_postal_address, get_lookup_wait
from forms_builder.public.views import get_public_form_or_404
from operators.rights import ShopRequest, mark_public

LONGEST_LOOKUP = 3_000


@mark_public
@csrf_exempt
@require_POST
def look_up_address(request: ShopRequest, public_id: str) -> HttpResponse:
    """Answer {"address": …}; the code travels in the body, never in an address that is logged."""
    form = get_public_form_or_404(public_id)
    if is_longer(request, LONGEST_LOOKUP):
        return answer_too_big(request)
    ticket = tickets.read_ticket(form, request.POST.get("ticket", ""))
    if not ticket or ticket.is_expired:
        return JsonResponse({"address": ""}, status=403)
    if wait := get_lookup_wait(form, ticket):
        headers = {"Retry-After": str(wait)}
        return JsonResponse({"address": ""}, status=429, headers=headers)
    code = read_postal_code(request.POST.get("code", "")[:20])
    response = JsonResponse({"address": find_postal_address(code) if code else ""})
    response.headers["Cache-Control"] = "no-store"
    return response
