"""From the public id in the path to the cart."""

import functools
from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from cartsync.models import Cart
from operators.rights import ShopRequest

OfCart = Callable[[ShopRequest, Cart], HttpResponse]


def of_cart(view: OfCart) -> Callable[[ShopRequest, str], HttpResponse]:
    """Hands the view its cart, or answers 404: also before the question which methods it takes."""

    @functools.wraps(view)
    def found(request: ShopRequest, public_id: str) -> HttpResponse:
        carts = Cart.objects.select_related("linked_tag", "tenant")
        return view(request, get_object_or_404(carts, public_id=public_id))

    return found
