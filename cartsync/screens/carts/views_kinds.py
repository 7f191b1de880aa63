"""カートの追加 begins here: which cart systems there are, and what each of them lets us do."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cartsync.connectors.base import Action, Capability, Connector, Key
from cartsync.connectors.kinds import KINDS, get_connector_class
from cartsync.models import CartWord
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT

ACTIONS: dict[Action, str | Promise] = {
    Action.CANCEL: gettext_lazy("解約"),
    Action.PAUSE: gettext_lazy("休止"),
    Action.SKIP: gettext_lazy("スキップ"),
    Action.CHANGE_CYCLE: gettext_lazy("お届け周期の変更"),
    Action.NEXT_DATE: gettext_lazy("次回お届け日の変更"),
}
KEYS: dict[Key, str | Promise] = {
    Key.EMAIL: gettext_lazy("メールアドレス"),
    Key.PHONE: gettext_lazy("電話番号"),
}


@dataclass(frozen=True)
class CartKind:
    """One kind as the page offers it: lists in words, "" where it does none of it.

    ``asked_by``: the keys by which it is asked for somebody the moment they answer.
    """

    name: str
    label: str | Promise
    needs: str | Promise
    reads: str
    acts: str
    asked_by: str


@require_right(CONNECT)
@require_safe
def kinds(request: ShopRequest) -> HttpResponse:
    offered = [describe_kind(name, get_connector_class(name)) for name in KINDS]
    return render(request, "cartsync/carts/kinds.html", {"kinds": offered})


def describe_kind(name: str, connector: type[Connector]) -> CartKind:
    comma = _("・")
    reads = (CartWord.Kind(resource.value).label for resource in connector.resources)
    can_find = connector.can(Capability.FIND_CUSTOMER)
    asked = (words for key, words in KEYS.items() if can_find and key in connector.keys)
    acts = (words for action, words in ACTIONS.items() if connector.can(action))
    return CartKind(
        name,
        connector.label,
        connector.needs,
        comma.join(str(each) for each in reads),
        comma.join(str(each) for each in acts),
        comma.join(str(each) for each in asked),
    )
