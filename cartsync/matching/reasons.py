"""Why a member is not linked, as text, and what to do next. A few queries a cart, for one member as for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from cartsync.matching.match import LINE, MatchDecision, decide_matches
from cartsync.matching.near_misses import find_near_misses
from cartsync.models import Cart, CartCustomer, SyncRun
from members.models import Member
from members.normalize.emails import suggest_email
from tenants.models import Wakeup


@dataclass(frozen=True)
class Reason:
    """``kind`` is the badge's. ``customer_id`` names the customer whom it is about, when it is about one."""

    code: str
    kind: str
    text: str
    next_step: str
    customer_id: int | None = None


# Which of several carts' reasons is shown: the one that asks most of a person.
ORDER = (
    "customers",
    "taken",
    "members",
    "near",
    "gone",
    "ended",
    "typo",
    "no_key",
    "down",
    "waiting",
    "not_found",
)


def find_reasons(members: Sequence[Member]) -> dict[int, Reason]:
    """Return the reasons of those of ``members`` that are not linked, by member id."""
    unlinked = [
        member for member in members if member.link_state != Member.LinkState.LINKED
    ]
    known = [member for member in unlinked if member.known_at]
    found = {
        member.pk: explain_unanswered() for member in unlinked if not member.known_at
    }
    carts = list(Cart.objects.wanted())
    silent = [member for member in unlinked if not member.known_at]
    for cart in carts if silent else ():
        if cart.uses_line_id:  # nobody needs to have answered anything
            found |= _explain_decisions(cart, silent)
    said = [_find_reasons_of_cart(cart, known) for cart in carts] if known else []
    for member in known:
        own = [answers[member.pk] for answers in said]
        found[member.pk] = (
            min(own, key=lambda reason: ORDER.index(reason.code))
            if own
            else explain_no_cart()
        )
    return found


def find_reason(member: Member) -> Reason | None:
    """Return one member's reason; None when linked."""
    return find_reasons([member]).get(member.pk)


def list_reason_texts(members: Sequence[Member]) -> dict[int, str]:
    """Return the texts for the member list, by member id, without what the badge there says already."""
    return {
        member_id: found.text
        for member_id, found in find_reasons(members).items()
        if found.code != "unanswered"
    }


def _find_reasons_of_cart(cart: Cart, members: Sequence[Member]) -> dict[int, Reason]:
    found = _explain_decisions(cart, members)
    rest = [
        member
        for member in members
        if member.pk not in found and getattr(member, cart.key_column)
    ]
    found |= {
        member.pk: explain_missing_key(cart)
        for member in members
        if member.pk not in found and not getattr(member, cart.key_column)
    }
    if rest:
        near, gone, fallback = (
            find_near_misses(cart, rest),
            _find_gone_customers(cart, rest),
            FallbackReason(cart),
        )
        for member in rest:
            if miss := near.get(member.pk):
                text = _(
                    "本人に確かめて、値を直すか、会員の画面でこの顧客と連携してください。"
                )
                found[member.pk] = Reason(
                    "near", "warn", miss.text, text, miss.customer_id
                )
            elif member.pk in gone:
                found[member.pk] = explain_left_customer(cart, gone[member.pk])
            else:
                found[member.pk] = fallback.for_member(member)
    return found


def _explain_decisions(cart: Cart, members: Sequence[Member]) -> dict[int, Reason]:
    """Return what the cart decides about those for whom it has a customer, by the LINE id or by its key."""
    return {
        row.member_id: _explain_decision(cart, row)
        for row in decide_matches(cart, [member.pk for member in members])
    }


def _find_gone_customers(
    cart: Cart, members: Sequence[Member]
) -> dict[int, CartCustomer]:
    """Return, by member id, the customers who would be hits had they not left the cart, or never really come to it."""
    column = cart.key_column
    keys = {getattr(member, column): member.pk for member in members}
    rows = cart.customers.exclude(state__in=CartCustomer.LINKABLE).filter(
        **{f"{column}__in": list(keys)}
    )
    return {keys[getattr(row, column)]: row for row in rows}


class FallbackReason:
    """The reason where the cart has nobody alike: it is down, it was not asked yet, or there is nobody."""

    def __init__(self, cart: Cart) -> None:
        self.cart = cart
        finished = cart.runs.exclude(outcome=SyncRun.Outcome.RUNNING).newest().first()
        failed = finished and finished.outcome in SyncRun.FAILED
        self.down = bool(failed or not cart.is_active)
        timer = Wakeup.objects.filter(
            tenant=cart.tenant_id, kind="cartsync.poll", subject=cart.pk
        ).first()
        self.next_at = timer.due_at if timer else None

    def for_member(self, member: Member) -> Reason:
        if self.down:
            return explain_outage(self.cart)
        if not self.cart.read_until or (
            member.answered_at and member.answered_at > self.cart.read_until
        ):
            return explain_waiting(self.next_at)
        return explain_not_found(self.cart, member)


# ---------------------------------------------------------------- the texts
def _describe_key(cart: Cart) -> str:
    return (
        _("電話番号") if cart.match_key == Cart.MatchKey.PHONE else _("メールアドレス")
    )


def explain_unanswered() -> Reason:
    return Reason(
        "unanswered", "neutral", _("未回答"), _("本人確認フォームを送ってください。")
    )


def explain_no_cart() -> Reason:
    return Reason(
        "no_cart",
        "neutral",
        _("カートが登録されていません"),
        _("カート連携でカートを追加してください。"),
    )


def explain_missing_key(cart: Cart) -> Reason:
    key = {"key": _describe_key(cart)}
    return Reason(
        "no_key",
        "neutral",
        _("%(key)sが未回答です") % key,
        _("%(key)sの入力を依頼してください。") % key,
    )


def explain_waiting(next_at: datetime | None) -> Reason:
    text = (
        _("連携待ち（次の連携 %(time)s）") % {"time": format_clock(next_at)}
        if next_at
        else _("連携待ち（まもなく）")
    )
    return Reason(
        "waiting",
        "busy",
        text,
        _("急ぐときは、連携状況の「今すぐ連携」を押してください。"),
    )


def explain_outage(cart: Cart) -> Reason:
    return Reason(
        "down",
        "bad",
        _("カートが応答していません"),
        _("連携状況で「%(cart)s」のエラーを確かめてください。") % {"cart": cart.name},
    )


def explain_not_found(cart: Cart, member: Member) -> Reason:
    key = {"key": _describe_key(cart)}
    meant = (
        suggest_email(member.email) if cart.match_key == Cart.MatchKey.EMAIL else None
    )
    if meant:
        return Reason(
            "typo",
            "warn",
            _("メールアドレスは「%(email)s」ではありませんか") % {"email": meant},
            _("本人に確かめて直すか、再入力を依頼してください。"),
        )
    return Reason(
        "not_found",
        "warn",
        _("カートに同じ%(key)sの顧客がいません") % key,
        _("%(key)sの再入力を依頼してください。") % key,
    )


def explain_left_customer(cart: Cart, customer: CartCustomer) -> Reason:
    values = {"number": str(customer), "state": customer.get_state_display()}
    return Reason(
        "gone",
        "neutral",
        _("カートの顧客（顧客番号%(number)s）は%(state)sです") % values,
        _("カートで会員として登録されると連携します。"),
        customer.pk,
    )


def _explain_decision(cart: Cart, decision: MatchDecision) -> Reason:
    verdict, customer_id = decision.verdict, decision.customer_id
    by_line = decision.matched_by == LINE
    key = {"key": _("LINE ID") if by_line else _describe_key(cart)}
    words = {
        "customers": (
            _("同じ%(key)sの顧客が2人以上います") % key,
            _("カートで顧客をまとめるか、正しい顧客を選んで連携してください。"),
        ),
        "taken": (
            _("カートの顧客は別の会員と連携済みです"),
            _("どちらが本人か確かめて、要確認の画面で決めてください。"),
        ),
        "members": (
            _("同じ%(key)sの会員が2人以上います") % key,
            _("本人の会員を選んで、会員の画面で連携してください。"),
        ),
        "ended": (
            _("一度連携を終えた顧客です"),
            _("本人であれば、会員の画面でこの顧客と連携してください。"),
        ),
        "unique": (_("連携待ち（まもなく）"), _("次の連携で、この顧客と連携します。")),
    }
    code, kind = ("waiting", "busy") if verdict == "unique" else (verdict, "warn")
    return Reason(
        code, kind, *words[verdict], None if verdict == "customers" else customer_id
    )


def format_clock(moment: datetime) -> str:
    """Format a time as 14:30, with the day when it is another one."""
    local = timezone.localtime(moment)
    return local.strftime(
        "%H:%M" if local.date() == timezone.localdate() else "%m/%d %H:%M"
    )
