"""From the public id in the path to the cart."""

import functools
from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from cartsync.models import Cart
from operators.rights import ShopRequest

CartView = Callable[[ShopRequest, Cart], HttpResponse]


def pass_cart(view: CartView) -> Callable[[ShopRequest, str], HttpResponse]:
    """Hand the view its cart, or answer 404, even before it is asked which methods the view takes."""

    @functools.wraps(view)
    def found(request: ShopRequest, public_id: str) -> HttpResponse:
        carts = Cart.objects.connected().select_related("linked_tag", "tenant")
        return view(request, get_object_or_404(carts, public_id=public_id))

    return found
