"""「表示する項目」 of the member list."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from members.columns import choose
from members.views.listing import back_to_list
from tenants.access import VIEW, ShopRequest, needs


@needs(VIEW)
@require_POST
def columns(request: ShopRequest) -> HttpResponse:
    choose(request.seat, request.POST.getlist("column"))
    return back_to_list(request.GET)
