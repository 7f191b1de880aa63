"""What a person decides about a link: who is who, that a pair is no longer one person, or that it stays."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cartsync.events import fire_unlinked
from cartsync.matching.cart_state import update_cart_states
from cartsync.matching.link import link_members
from cartsync.matching.link_history import record_link_event
from cartsync.matching.match import update_link_states
from cartsync.models import CartCustomer, CartTagHold, IgnoredPair, Link
from members.models import Member, TagBatch
from members.tags.assign import untag_members
from operators import audit
from tenants.scope import get_current_operator


@transaction.atomic
def link_by_hand(member: Member, customer: CartCustomer) -> None:
    """Link a member and a customer on the word of a person.

    Raise ValidationError when either is linked already, or the member is no longer there.
    """
    cart = customer.cart
    if (
        not Member.objects.filter(pk=member.pk, deleted_at=None)
        .select_for_update(no_key=True)
        .exists()
    ):
        raise ValidationError(
            _(
                "この会員は削除されたか、別の会員に統合されています。会員の画面で今の状態を確かめてください。"
            ),
            code="gone",
        )
    if customer.links.current().exists():
        raise ValidationError(
            _(
                "この顧客は別の会員と連携しています。先にその連携を終えてから、やり直してください。"
            ),
            code="taken",
        )
    if not link_members(cart, [(member.pk, customer.pk)], matched_by="operator"):
        raise ValidationError(
            _(
                "この会員は別の顧客と連携しています。先にその連携を終えてから、やり直してください。"
            ),
            code="linked",
        )
    record_link_event("linked", member.pk, customer)


@transaction.atomic
def end_link(link: Link) -> None:
    """End a link: the pair is no longer one person, and is never linked again by itself; the row stays."""
    ended = (
        Link.objects.current()
        .filter(pk=link.pk)
        .update(
            ended_at=timezone.now(), ended_by=get_current_operator(), changed_at=None
        )
    )
    if not ended:
        return
    audit.record_action(
        "link.ended", link, member=link.member_id, customer=link.customer_id
    )
    record_link_event("ended", link.member_id, link.customer)
    _remove_link_tags(link)
    update_cart_states([link.member_id])
    update_link_states([link.member_id])
    fire_unlinked(link)


def _remove_link_tags(link: Link) -> None:
    cart, member = link.cart, Member.objects.filter(pk=link.member_id)
    others = Link.objects.current().filter(
        member=link.member_id, cart__linked_tag=cart.linked_tag_id
    )
    if cart.linked_tag and cart.untag_on_end and not others.exists():
        untag_members(
            cart.linked_tag, member, TagBatch.Source.LINK, get_current_operator()
        )
    for hold in CartTagHold.objects.filter(
        rule__cart=cart, member=link.member_id
    ).select_related("rule__tag"):
        hold.delete()
        if hold.rule.takes_off:
            untag_members(
                hold.rule.tag, member, TagBatch.Source.LINK, get_current_operator()
            )


@transaction.atomic
def ignore_pair(member: Member, customer: CartCustomer) -> bool:
    """Never show this customer for this member as a near miss again; return whether that is new."""
    _pair, is_new = IgnoredPair.objects.get_or_create(
        member=member,
        customer=customer,
        defaults={"ignored_by": get_current_operator()},
    )
    if is_new:
        audit.record_action(
            "near_miss.ignored", member, member=member.pk, customer=customer.pk
        )
        record_link_event("ignored", member.pk, customer)
    return is_new


@transaction.atomic
def accept_link_changes(link: Link) -> None:
    """Accept what changed on a link (このまま), because a person has seen it; only a further change asks again."""
    member, customer = link.member, link.customer
    Link.objects.current().filter(pk=link.pk).update(
        changed_at=None,
        accepted_at=timezone.now(),
        accepted_by=get_current_operator(),
        member_email=member.email_key,
        member_phone=member.phone_e164,
        customer_email=customer.email_key,
        customer_phone=customer.phone_e164,
    )
    audit.record_action(
        "link.kept", link, member=link.member_id, customer=link.customer_id
    )
    record_link_event("accepted", link.member_id, link.customer)
