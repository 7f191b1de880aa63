"""The pages that load LINE's LIFF SDK may fetch from LINE, and from nowhere else."""

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]
# Where the real SDK asks for its parts and its login besides the addresses of the settings.
BY_SDK = {
    "https://static.line-scdn.net": [
        "https://liffsdk.line-scdn.net",
        "https://access.line.me",
    ]
}


def extract_origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def list_policy_additions() -> dict[str, list[str]]:
    sdk = extract_origin(settings.LIFF_SDK_URL)
    ask = dict.fromkeys(
        [
            sdk,
            extract_origin(settings.LINE_API_URL),
            extract_origin(settings.LIFF_URL),
            *BY_SDK.get(sdk, []),
        ]
    )
    return {"script-src": [sdk], "connect-src": list(ask)}


def allow_liff(view: View) -> View:
    @functools.wraps(view)
    def allowed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return csp_update(list_policy_additions())(view)(request, *args, **kwargs)  # type: ignore[return-value]

    return allowed
