"""連携状況: the state of all carts, and one of them in detail."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cartsync.connectors.kinds import get_connector_class
from cartsync.files.watch import describe_watched_folder
from cartsync.funnel.count import count_funnel
from cartsync.models import Cart, Link
from cartsync.screens.carts.filters import RunFilters
from cartsync.screens.carts.forms import RuleForm
from cartsync.screens.carts.forms_files import CartFileForm
from cartsync.screens.carts.of_cart import pass_cart
from cartsync.screens.carts.views_approval import build_approval_url, build_return_url
from cartsync.screens.funnel.steps import build_funnel_urls
from cartsync.sync.manage import request_poll
from cartsync.sync.manage import switch_cart as switch_cart
from cartsync.sync.overview import build_overviews
from cartsync.sync.state_words import list_seen_words
from console.pager import paginate_rows
from members.models import Member, Tag
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT, EDIT, VIEW
from tenants.realms import build_realm_url

NEWEST_RUNS, NEWEST_FILES = 5, 10
MOST_NAMES = 300


@require_right(VIEW)
@require_safe
def carts(request: ShopRequest) -> HttpResponse:
    found = build_overviews(list(Cart.objects.connected().order_by("name", "pk")))
    context = {
        "overviews": found,
        "funnel": count_funnel(),
        "urls": build_funnel_urls(),
        "open_cases": count_open_cases(),
        "may_connect": request.seat.can(CONNECT),
        "may_poll": request.seat.can(EDIT),
    }
    return render(request, "cartsync/carts/list.html", context)


def count_open_cases() -> int:
    review = Member.objects.filter(
        link_state=Member.LinkState.REVIEW, deleted_at=None
    ).count()
    return review + Link.objects.changed().count()


@require_right(VIEW)
@require_safe
@pass_cart
def cart(request: ShopRequest, cart: Cart) -> HttpResponse:
    return render(
        request, "cartsync/carts/cart.html", build_cart_context(request, cart)
    )


def build_cart_context(
    request: ShopRequest, cart: Cart, rule_form: RuleForm | None = None
) -> dict[str, object]:
    words = list_seen_words(cart)
    connector = get_connector_class(cart.kind)
    takes_files = connector.takes_files and request.seat.can(EDIT)
    return {
        "file_form": CartFileForm(cart=cart) if takes_files else None,
        "overview": build_overviews([cart])[0],
        "cart": cart,
        "connector": connector,
        "runs": cart.runs.newest()[:NEWEST_RUNS],
        "words": words,
        "unknown_words": sum(one.state == "other" for one in words),
        "rules": cart.tag_rules.select_related("tag").order_by("pk"),
        "return_url": build_return_url(request),
        "approval_url": build_approval_url(request, cart)
        if connector.needs_approval and request.seat.can(CONNECT)
        else "",
        "hint_url": build_hint_url(cart)
        if connector.hint_key and request.seat.can(CONNECT)
        else "",
        "has_hint_key": bool(cart.settings.get(connector.hint_key)),
        "watched_folder": describe_watched_folder(cart)
        if connector.takes_files
        else "",
        "watched_files": cart.watched_files.select_related("job").order_by("-taken_at")[
            :NEWEST_FILES
        ],
        "rule_form": rule_form or RuleForm(),
        "tag_names": list_tag_names(),
        "may_connect": request.seat.can(CONNECT),
        "may_poll": request.seat.can(EDIT),
    }


def build_hint_url(cart: Cart) -> str:
    """Return where the cart brings its webhooks."""
    return build_realm_url(
        "public", cart.tenant, "cartsync_public:webhook", [cart.public_id]
    )


def list_tag_names() -> list[str]:
    """Return what a field for a tag's name offers while somebody types."""
    return list(
        Tag.objects.order_by("name_key").values_list("name", flat=True)[:MOST_NAMES]
    )


@require_right(EDIT)
@pass_cart
@require_POST
def poll(request: ShopRequest, cart: Cart) -> HttpResponse:
    if cart.is_active:
        request_poll(cart)
        messages.success(
            request,
            _("「%(cart)s」の連携を始めました。数秒後に画面を開き直してください。")
            % {"cart": cart},
        )
    else:
        messages.error(
            request,
            _("「%(cart)s」は無効です。有効にしてから、やり直してください。")
            % {"cart": cart},
        )
    return redirect("cartsync:cart", cart.public_id)


@require_right(CONNECT)
@pass_cart
@require_POST
def switch(request: ShopRequest, cart: Cart) -> HttpResponse:
    switch_cart(cart, on=bool(request.POST.get("on")))
    said = (
        _("「%(cart)s」を有効にしました。")
        if cart.is_active
        else _("「%(cart)s」を無効にしました。")
    )
    messages.success(request, said % {"cart": cart})
    return redirect("cartsync:cart", cart.public_id)


@require_right(VIEW)
@require_safe
@pass_cart
def runs(request: ShopRequest, cart: Cart) -> HttpResponse:
    filters = RunFilters(request, cart.runs.all())
    page = paginate_rows(filters.qs, request.GET, order=["-started_at"])
    context = {"cart": cart, "page": page, "filters": filters}
    return render(request, "cartsync/carts/runs.html", context)
