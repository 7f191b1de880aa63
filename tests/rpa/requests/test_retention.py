"""What is old is deleted: evidence, and what customers said; results stay."""

from datetime import timedelta

from django.utils import timezone

from cartsync.models import Cart
from rpa.models import CancellationRequest, Evidence
from rpa.requests.retention import delete_old_evidence


def test_old_evidence_goes_and_results_stay(cart: Cart) -> None:
    now = timezone.now()
    for days in (181, 179):
        at = now - timedelta(days=days)
        request = CancellationRequest.objects.create(
            cart=cart,
            kind="cancel",
            state="verified",
            given={"email": "a@example.jp"},
            before={"product": "青汁"},
            received_at=at,
            ended_at=at,
        )
        Evidence.objects.create(request=request, at=at, step="received")
    assert delete_old_evidence() is not None
    assert Evidence.objects.count() == 1
    rows = CancellationRequest.objects.order_by("received_at")
    assert [(row.given, row.before, row.state) for row in rows] == [
        ({}, {}, "verified"),
        ({"email": "a@example.jp"}, {"product": "青汁"}, "verified"),
    ]
    Evidence.objects.all().delete()
    assert delete_old_evidence() is None
