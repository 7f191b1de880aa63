"""Tags by the three counts of the linked customer: 購入回数, 定期回数, 定期の状態."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cartsync.models import Cart, CartTagHold, CartTagRule, Link
from members.models import Member, TagBatch
from members.tags.assign import tag_members, untag_members
from operators import audit

LOOKUPS = {"gte": "gte", "eq": "exact", "lte": "lte"}


@transaction.atomic
def apply_rules(cart: Cart) -> None:
    """Apply each rule of the cart.

    It tags the members for whom it newly holds, once, and lets go of those for whom it no longer holds.
    """
    for rule in cart.tag_rules.select_related("tag"):
        apply_rule(rule)


def apply_rule(rule: CartTagRule) -> None:
    """Apply one rule, in a fixed number of statements; a tag taken off by hand stays off while the rule holds.

    For the hold, not the tag, is what is compared. Deleted members get no tag and lose none, so that restoring one
    starts nothing again. Whom another rule gives the same tag keeps it.
    """
    fitting = find_fitting_members(rule)
    gone = CartTagHold.objects.filter(rule=rule, member__deleted_at=None).exclude(
        member__in=fitting.values("pk")
    )
    if rule.takes_off and gone.exists():
        others = CartTagHold.objects.filter(rule__tag=rule.tag_id).exclude(rule=rule)
        members = Member.objects.filter(
            pk__in=gone.values("member_id"), deleted_at=None
        ).exclude(Exists(others.filter(member=OuterRef("pk"))))
        untag_members(rule.tag, members, TagBatch.Source.LINK)
    gone.delete()
    at = timezone.now()
    if _add_holds(rule, fitting, at):
        new = CartTagHold.objects.filter(rule=rule, since=at, member=OuterRef("pk"))
        tag_members(rule.tag, Member.objects.filter(Exists(new)), TagBatch.Source.LINK)


def find_fitting_members(rule: CartTagRule) -> QuerySet[Member]:
    number = rule.measure != CartTagRule.Measure.SUBSCRIPTION_STATE
    value = int(rule.value) if number else rule.value
    lookup = LOOKUPS[rule.op] if number else "exact"
    fits = Q(**{f"customer__{rule.measure}__{lookup}": value})
    links = Link.objects.current().filter(
        fits, cart=rule.cart_id, member=OuterRef("pk")
    )
    return Member.objects.filter(Exists(links), deleted_at=None)


def _add_holds(rule: CartTagRule, fitting: QuerySet[Member], at: datetime) -> int:
    """Add a hold for each fitting member who has none; return how many are new."""
    sql, params = (
        fitting.order_by().values_list("pk").query.get_compiler("default").as_sql()
    )
    insert = f"""
    INSERT INTO cartsync_carttaghold (tenant_id, rule_id, member_id, since)
    SELECT %s, %s, fit.id, %s FROM ({sql}) AS fit(id) ON CONFLICT DO NOTHING"""
    with connection.cursor() as cursor:
        cursor.execute(insert, [rule.tenant_id, rule.pk, at, *params])
        return cursor.rowcount


@transaction.atomic
def add_rule(cart: Cart, **values: object) -> CartTagRule:
    """Add a rule and apply it at once to those linked already."""
    rule = CartTagRule.objects.create(cart=cart, **values)
    audit.record_action(
        "cart.rule_added",
        cart,
        rule=rule.pk,
        measure=rule.measure,
        op=rule.op,
        value=rule.value,
    )
    apply_rule(rule)
    return rule


@transaction.atomic
def remove_rule(rule: CartTagRule) -> None:
    """Remove a rule; tags it gave stay."""
    audit.record_action("cart.rule_removed", rule.cart, rule=rule.pk)
    rule.delete()
