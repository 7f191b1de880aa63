"""Where a help desk sends operators: the address is kept on our side, and the list opens by a random key.

The page is public, so that no login ever carries the address in ``next=``; the list behind it is not.
"""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from helpdesk.lookups import clean_address, is_too_often
from helpdesk.manage import mark_seen
from helpdesk.models import HelpDesk
from members.conditions.search import save_search_text
from operators.models import Seat, is_open_now
from operators.rights import ShopRequest, mark_public
from tenants.realms import build_realm_url

LISTS = {"members": "members:list", "orders": "cartsync:orders"}


class SeeOther(HttpResponseRedirect):
    status_code = 303


@mark_public
@require_safe
@cache_control(no_store=True)
def look_up(request: ShopRequest, what: str) -> HttpResponse:
    desk = HelpDesk.objects.filter(is_active=True).first()
    if desk is None or what not in LISTS:
        raise Http404
    if is_too_often(request):
        return refuse_look_up(
            request, _("しばらく待ってから、もう一度お試しください。"), 429
        )
    try:
        address = clean_address(request.GET.get(desk.parameter, ""))
    except ValidationError as error:
        return refuse_look_up(request, error.messages[0], 422)
    if is_operator_here(request):
        mark_seen(what)
    key = save_search_text(address)
    url = build_realm_url("console", request.tenant, LISTS[what], absolute=False)
    response = SeeOther(f"{url}?s={key}")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def is_operator_here(request: ShopRequest) -> bool:
    user = request.user
    if not user.is_authenticated:
        return False
    return Seat.objects.filter(is_open_now(), operator=user).exists()


def refuse_look_up(request: ShopRequest, text: str, status: int) -> HttpResponse:
    context = {
        "title": _("検索できませんでした"),
        "text": text,
        "kind": "warn",
    }
    return render(request, "public/message.html", context, status=status)
