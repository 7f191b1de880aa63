"""「表示する項目」 of the member list."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from members.listing.columns import save_column_choice
from members.screens.list.views import redirect_to_list
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW


@require_right(VIEW)
@require_POST
def columns(request: ShopRequest) -> HttpResponse:
    save_column_choice(request.seat, request.POST.getlist("column"))
    return redirect_to_list(request.GET)
