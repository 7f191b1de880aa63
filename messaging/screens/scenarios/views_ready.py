"""One click of the gallery: a ready step message becomes one of the shop's."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.scenarios.ready import (
    NoAccount,
    find_ready_scenario,
    make_ready_scenario,
)
from operators.rights import ShopRequest, require_right
from operators.roles import SEND


@require_right(SEND)
@require_POST
def make(request: ShopRequest, key: str) -> HttpResponse:
    ready = find_ready_scenario(key)
    if not ready:
        raise Http404
    try:
        made = make_ready_scenario(ready)
    except NoAccount:
        return render(request, "messaging/accounts/no_account.html")
    said = _(
        "「%(name)s」を作成しました。オフなので、まだ配信されません。日時と文章を確かめて、オンにしてください。"
    )
    messages.success(request, said % {"name": made.name})
    return redirect("messaging:scenario", made.public_id)
