"""「表示する項目」 of the member list."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from members.listing.columns import choose
from members.screens.list.views import back_to_list
from operators.rights import ShopRequest, needs
from operators.roles import VIEW


@needs(VIEW)
@require_POST
def columns(request: ShopRequest) -> HttpResponse:
    choose(request.seat, request.POST.getlist("column"))
    return back_to_list(request.GET)
