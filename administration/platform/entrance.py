"""Who may see the platform's pages: an operator whom a command let in, with a second factor."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from operators.login.factors import has_second_factor

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def require_platform(view: V) -> V:
    """Serve the view to the platform's own people; to every other operator it is a page that is not there."""

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_platform:
            raise Http404
        if not has_second_factor(request.user):
            messages.warning(
                request,
                _("運営の画面に入るには、二段階認証の登録が必要です。"),
            )
            return redirect("account")
        return view(request, *args, **kwargs)

    return cache_control(no_store=True)(checked)  # type: ignore[return-value]
