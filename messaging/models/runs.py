"""Runs: a member on the way through a scenario."""

from typing import Any, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from members.models import Member
from messaging.models.scenarios import Scenario
from tenants.models import TenantManager, TenantModel, TenantQuerySet

M = TypeVar("M", bound=models.Model)


class EnrollmentQuerySet(TenantQuerySet[M]):
    def with_progress(self) -> Any:
        """Annotate ``is_under_way``: whether a message of the run has not gone out."""
        delivery: Any = apps.get_model("messaging", "Delivery")  # is built on runs
        left = delivery.objects.filter(
            enrollment=OuterRef("pk"), state__in=delivery.UNDER_WAY
        )
        return self.annotate(is_under_way=Exists(left))


class Enrollment(TenantModel):
    """A member's run through a scenario; ``trigger_key`` names the event, so that one event enrols once."""

    scenario = models.ForeignKey(
        Scenario, on_delete=models.CASCADE, related_name="enrollments", db_index=False
    )
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="enrollments", db_index=False
    )
    trigger_key = models.CharField(max_length=40)
    triggered_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    # Which trigger let the member in (Trigger's id; the trigger may be gone by now); 0 when a person did.
    started_by = models.BigIntegerField(default=0)
    # Why the event did not start a run after all, by the scenario's rule or its group; "" when it did.
    refused = models.CharField(max_length=12, blank=True)
    # When and why the run was ended before its last message.
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=20, blank=True)

    objects = TenantManager.from_queryset(EnrollmentQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "scenario", "member", "trigger_key"],
                name="enrollment_once",
            )
        ]
        indexes = [
            # What an order began, from the mail that told of it and from its number.
            models.Index(fields=["tenant", "trigger_key"], name="enrollment_event"),
            models.Index(fields=["tenant", "member"], name="enrollment_member"),
            models.Index(
                fields=["tenant", "-created_at", "-id"], name="enrollment_newest"
            ),
        ]
