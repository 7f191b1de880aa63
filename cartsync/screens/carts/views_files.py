"""A file of a cart is uploaded on the cart's page."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cartsync.connectors.base import Resource
from cartsync.connectors.kinds import get_connector_class
from cartsync.files.load import accept_cart_file
from cartsync.models import Cart
from cartsync.screens.carts.forms_files import CartFileForm
from cartsync.screens.carts.of_cart import pass_cart
from cartsync.screens.carts.views import build_cart_context
from jobs.views import announce_job
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT


@require_right(EDIT)
@pass_cart
@require_POST
def files(request: ShopRequest, cart: Cart) -> HttpResponse:
    if not get_connector_class(cart.kind).takes_files:
        return redirect("cartsync:cart", cart.public_id)
    form = CartFileForm(request.POST, request.FILES, cart=cart)
    if form.is_valid():
        try:
            job = accept_cart_file(
                cart,
                Resource(form.cleaned_data["resource"]),
                form.cleaned_data["file"],
                request.user,
            )
        except ValidationError as refused:
            form.add_error("file", refused)
        else:
            announce_job(request, job)
            return redirect("cartsync:cart", cart.public_id)
    context = build_cart_context(request, cart) | {"file_form": form}
    return render(request, "cartsync/carts/cart.html", context, status=422)
