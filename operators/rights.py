"""What a role may do, and the marks without which no view is served."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from operators.masking import is_masked
from operators.models import Operator, Seat
from operators.roles import CHANGING, PERSONAL, RIGHT_LABELS
from tenants.models import Tenant

SAFE = ("GET", "HEAD", "OPTIONS")


class ShopRequest(HttpRequest):
    """A request in a shop's console or on its public pages, as the middleware leaves it."""

    realm: str
    tenant: Tenant
    seat: Seat
    user: Operator
    htmx: Any


V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def require_right(
    right: str, when_closed: bool = False, changes: bool = False
) -> Callable[[V], V]:
    """Require this right of the seat that opens a console view.

    The middleware refuses to serve a view without this mark. In a closed shop nothing is posted to a view whose right
    changes something, unless it says ``when_closed``. ``changes``: what is posted changes the shop although the right
    alone does not, because the view asks for more of some.
    """

    def mark(view: V) -> V:
        @functools.wraps(view)
        def checked(
            request: ShopRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if not request.seat.can(right):
                raise PermissionDenied(
                    _(
                        "この操作には「%(right)s」の権限が必要です。オーナーか店長に権限の変更を依頼してください。"
                    )
                    % {"right": RIGHT_LABELS[right]}
                )
            if (changes or right in CHANGING) and request.method not in SAFE:
                refuse_support(request.seat)
                if not when_closed:
                    refuse_closed(request.tenant)
            return view(request, *args, **kwargs)

        checked.right = right  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return mark


def refuse_support(seat: Seat) -> None:
    """Raise PermissionDenied for who looks in for support."""
    if seat.is_support:
        raise PermissionDenied(
            _(
                "サポートとして入っている間は、変更と送信はできません。ショップの方に操作を依頼してください。"
            )
        )


def refuse_closed(shop: Tenant) -> None:
    """Raise PermissionDenied where the shop is closed: what is there can be read and taken along, not changed."""
    if shop.closed_at:
        raise PermissionDenied(
            _(
                "このショップは閉じているため、変更と送信はできません（%(reason)s）。データの閲覧と書き出しはできます。再開するには、設定の「契約プラン」から正式利用を申し込むか、サポートに連絡してください。"
            )
            % {"reason": shop.get_closed_reason_display()}
        )


def refuse_masked() -> None:
    """Raise PermissionDenied for who sees personal data masked: a form would show them, or overwrite them unseen."""
    if is_masked():
        raise PermissionDenied(
            _(
                "この操作には「%(right)s」の権限が必要です。オーナーか店長に権限の変更を依頼してください。"
            )
            % {"right": RIGHT_LABELS[PERSONAL]}
        )


def require_personal(view: V) -> V:
    """Require, beside the right of the view, that of seeing personal data in clear."""

    @functools.wraps(view)
    def checked(request: ShopRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refuse_masked()
        return view(request, *args, **kwargs)

    return checked  # type: ignore[return-value]


def mark_public(view: V) -> V:
    """Mark a view as a page for everybody, on the shop's public side."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def serve_when_closed(view: V) -> V:
    """Mark a public view that goes on answering while the shop is closed."""
    view.when_closed = True  # type: ignore[attr-defined]
    return view
