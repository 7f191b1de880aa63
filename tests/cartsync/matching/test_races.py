import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction

from cartsync.matching.link import link_members
from cartsync.matching.match import decide_matches
from cartsync.models import Cart, Link
from members.models import MemberTag, TagBatch
from tenants.scope import open_tenant_scope
from tests.cartsync.conftest import customer, in_shop, known, make_cart, stored
from tests.conftest import Cast


def test_two_polls_at_once_link_and_tag_once(committed: Cast) -> None:
    """Both have seen that nobody is linked before either links."""
    both_saw = threading.Barrier(2, timeout=10)

    def prepare() -> Cart:
        cart = make_cart()
        for number in range(20):
            known(f"090-1111-{number:04}")
        stored(cart, *(customer(number, f"0901111{number:04}") for number in range(20)))
        return Cart.objects.select_related("linked_tag", "tenant").get(pk=cart.pk)

    cart = in_shop(committed.sakura, prepare)

    def poll() -> list[int]:
        try:
            with open_tenant_scope(committed.sakura), transaction.atomic():
                hits = [hit for hit in decide_matches(cart) if hit.verdict == "unique"]
                both_saw.wait()
                return link_members(
                    cart,
                    [(hit.member_id, hit.customer_id) for hit in hits],
                    matched_by="phone",
                )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        linked = [
            found.result() for found in [threads.submit(poll), threads.submit(poll)]
        ]
    assert sorted(len(ids) for ids in linked) == [0, 20]
    counted = in_shop(
        committed.sakura,
        lambda: (
            Link.objects.current().count(),
            MemberTag.objects.count(),
            sum(TagBatch.objects.values_list("count", flat=True)),
        ),
    )
    assert counted == (20, 20, 20)
