"""What each number of the funnel opens, and the one thing to do about it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from cartsync.funnel.count import BY_FORM, Funnel, count_reasons
from cartsync.models import Cart, UnlinkedReason
from members.conditions.tree import Condition
from members.listing.list_filter import build_leaf, build_list_url
from members.models import Member
from messaging.scenarios.ask_again import ASK_AGAIN

Code = UnlinkedReason.Code
FRIEND = build_leaf("line_state", "in", ["friend"])
TO_REVIEW = (Code.CUSTOMERS, Code.TAKEN, Code.MEMBERS)
TO_CART = (Code.GONE, Code.DOWN, Code.WAITING)


STATES = Member.LinkState


def build_funnel_urls() -> dict[str, str]:
    """Return what each number of the funnel opens: exactly the friends that it counts."""
    known = [STATES.KNOWN.value, STATES.LINKED.value, STATES.REVIEW.value]
    is_known = build_leaf("link_state", "in", known)
    urls = {
        name: build_list_url(FRIEND, is_known, build_leaf("known_by", "in", sources))
        for name, sources in (
            ("form", list(BY_FORM)),
            ("operator", ["operator"]),
            ("import", ["import"]),
        )
    }
    return urls | {
        "friends": build_list_url(FRIEND),
        "known": build_list_url(FRIEND, is_known),
        **{
            state.value: build_list_url(
                FRIEND, build_leaf("link_state", "in", [state.value])
            )
            for state in (STATES.UNANSWERED, STATES.LINKED)
        },
    }


@dataclass(frozen=True)
class NextStep:
    """A link, or with ``bulk`` a form that begins this bulk action for exactly those members."""

    label: str
    url: str
    bulk: str = ""


@dataclass(frozen=True)
class ReasonRow:
    label: str
    count: int
    url: str
    step: NextStep | None


def build_reason_rows(funnel: Funnel) -> list[ReasonRow]:
    """Return a row for each reason that somebody has, in the order in which a person is needed."""
    counts = count_reasons()
    rows = [_build_unanswered_row(funnel.unanswered)] if funnel.unanswered else []
    rows += [_build_reason_row(code, counts[code]) for code in Code if code in counts]
    if rest := counts.get(None):
        url = build_list_url(FRIEND, build_leaf("unlinked_reason", "empty", True))
        rows.append(ReasonRow(_("理由を調べています"), rest, url, None))
    return rows


def _build_unanswered_row(count: int) -> ReasonRow:
    found = build_leaf("link_state", "in", ["unanswered"])
    step = build_asking_step(_("入力を依頼"), found)
    return ReasonRow(
        _("本人確認フォームに未回答"), count, build_list_url(FRIEND, found), step
    )


def _build_reason_row(code: Code, count: int) -> ReasonRow:
    found = build_leaf("unlinked_reason", "in", [code.name.lower()])
    return ReasonRow(
        str(code.label), count, build_list_url(FRIEND, found), choose_step(code, found)
    )


def choose_step(code: Code, found: Condition) -> NextStep:
    """Return the one thing to do: ask the members again, decide in 要確認, or look at the cart."""
    review = reverse("cartsync:review")
    if code in TO_REVIEW:
        return NextStep(_("要確認を開く"), f"{review}?view=match")
    if code == Code.NEAR:
        return NextStep(_("惜しい一致を開く"), f"{review}?view=near")
    if code in TO_CART:
        return NextStep(_("カートを見る"), find_cart_url())
    if code == Code.NO_CART:
        return NextStep(_("カートを追加"), reverse("cartsync:kinds"))
    if code == Code.ENDED:
        return NextStep(_("会員を見る"), build_list_url(FRIEND, found))
    return build_asking_step(_("再入力を依頼"), found)


def build_asking_step(label: str, found: Condition) -> NextStep:
    query = build_list_url(FRIEND, found).partition("?")[2]
    return NextStep(label, f"{reverse('members:bulk')}?{query}", ASK_AGAIN)


def find_cart_url() -> str:
    """Return the page of the shop's only cart, or of all of them."""
    carts = list(Cart.objects.wanted().values_list("public_id", flat=True)[:2])
    if len(carts) == 1:
        return reverse("cartsync:cart", args=carts)
    return reverse("cartsync:carts")
