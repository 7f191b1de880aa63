"""What a wakeup runs. Reading takes 90 seconds at most, then come matching and tagging."""

from datetime import datetime

from cartsync.funnel import count
from cartsync.matching import ask_cart
from cartsync.ordermail import book, contacts, masks
from cartsync.sync import poll as polling
from cartsync.sync.state_words import apply_words
from tenants.models import Tenant
from tenants.scope import act_as
from tenants.wakeups import woken


@woken("cartsync.poll")
def run_poll(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "cart"):
        return polling.poll_cart(tenant, subject)


@woken("cartsync.ask")
def run_ask(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "cart"):
        return ask_cart.ask_all_carts(tenant, subject)


@woken("cartsync.words")
def run_words(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "cart"):
        apply_words(tenant, subject)
    return None


@woken("cartsync.match")
def run_match(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "cart"):
        ask_cart.match_known_members(tenant)
    return None


@woken(count.WAKEUP)
def run_funnel(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "cart"):
        return count.count_everything()


@woken(masks.WAKEUP)
def run_failed_mails(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "mail"):
        book.read_failed_mails(tenant)
    return None


@woken(contacts.WAKEUP)
def run_contact_merge(tenant: Tenant, subject: int) -> datetime | None:
    with act_as(None, "mail"):
        contacts.merge_contacts(tenant)
    return None
