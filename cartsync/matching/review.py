"""What a person must decide: which customers of the carts a member might be, both sides beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from cartsync.matching.match import FOR_A_PERSON, decide_matches
from cartsync.matching.reasons import Reason, find_reasons
from cartsync.models import Cart, CartCustomer, Link
from members.models import Member

MOST_SHOWN = 5


@dataclass
class Candidate:
    """A customer the member might be; ``taken`` is the link that stands in the way.

    ``agrees``: what else of the two is the same, as a sentence; "" for nothing.
    """

    customer: CartCustomer
    taken: Link | None = None
    agrees: str = ""


@dataclass
class ReviewCase:
    member: Member
    reason: Reason | None
    candidates: list[Candidate] = field(default_factory=list)


def build_cases(members: Sequence[Member]) -> list[ReviewCase]:
    """Return one case for each member: the same key, a near miss, or a pair that was ended.

    A few queries a cart.
    """
    found = find_reasons(members)
    by_id = {member.pk: ReviewCase(member, found.get(member.pk)) for member in members}
    for cart in Cart.objects.wanted():
        for member_id, customers in find_customers_alike(cart, members).items():
            by_id[member_id].candidates += [
                Candidate(customer, agrees=explain_agreement(cart, member, customer))
                for member in [by_id[member_id].member]
                for customer in customers
            ]
    _add_near(by_id)
    _add_taken([candidate for case in by_id.values() for candidate in case.candidates])
    return list(by_id.values())


def find_customers_alike(
    cart: Cart, members: Sequence[Member]
) -> dict[int, list[CartCustomer]]:
    """Return, by member id, the customers with the same key, where the cart leaves the decision to a person."""
    column = cart.key_column
    wanted = {
        row.member_id
        for row in decide_matches(cart, [member.pk for member in members])
        if row.verdict in (*FOR_A_PERSON, "ended")
    }
    keys = {getattr(member, column) for member in members if member.pk in wanted}
    alike: dict[str, list[CartCustomer]] = {}
    for customer in cart.customers.filter(
        **{f"{column}__in": keys}, state__in=CartCustomer.LINKABLE
    ).order_by("pk"):
        alike.setdefault(getattr(customer, column), []).append(customer)
    return {
        member.pk: sort_by_agreement(
            cart, member, alike.get(getattr(member, column), [])
        )[:MOST_SHOWN]
        for member in members
        if member.pk in wanted
    }


def sort_by_agreement(
    cart: Cart, member: Member, customers: Sequence[CartCustomer]
) -> list[CartCustomer]:
    """Return the customers with those first whose other data agree with the member's."""
    return sorted(customers, key=lambda one: -len(list_agreements(cart, member, one)))


def list_agreements(cart: Cart, member: Member, customer: CartCustomer) -> list[str]:
    """Return the names of what is the same besides the cart's key."""
    labels = {
        "phone_e164": _("電話番号"),
        "email_key": _("メールアドレス"),
        "name_key": _("氏名"),
    }
    return [
        label
        for column, label in labels.items()
        if column != cart.key_column
        and getattr(member, column)
        and getattr(member, column) == getattr(customer, column)
    ]


def explain_agreement(cart: Cart, member: Member, customer: CartCustomer) -> str:
    labels = list_agreements(cart, member, customer)
    return (
        _("%(labels)sも同じです") % {"labels": _("と").join(labels)} if labels else ""
    )


def _add_near(by_id: dict[int, ReviewCase]) -> None:
    near = [
        case for case in by_id.values() if case.reason and case.reason.code == "near"
    ]
    customers = CartCustomer.objects.in_bulk(
        [case.reason.customer_id for case in near if case.reason]
    )
    for case in near:
        if case.reason and (customer := customers.get(case.reason.customer_id)):
            case.candidates.append(Candidate(customer))


def _add_taken(candidates: Sequence[Candidate]) -> None:
    customers = [candidate.customer.pk for candidate in candidates]
    links = (
        Link.objects.current().filter(customer__in=customers).select_related("member")
    )
    taken = {link.customer_id: link for link in links}
    for candidate in candidates:
        candidate.taken = taken.get(candidate.customer.pk)
