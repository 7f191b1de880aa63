"""Reads of forms, their questions and the answers."""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Count, Max, Q

from tenants.models import TenantQuerySet

M = TypeVar("M", bound=models.Model)


class FormQuerySet(TenantQuerySet[M]):
    def with_counts(self) -> Self:
        """Add ``answer_count`` and ``newest_at`` of each form; test answers do not count."""
        real = Q(submissions__is_test=False)
        return self.annotate(
            answer_count=Count("submissions", filter=real),
            newest_at=Max("submissions__received_at", filter=real),
        )


class FieldQuerySet(TenantQuerySet[M]):
    def in_order(self) -> Self:
        return self.select_related("attribute").order_by("position", "pk")


class SubmissionQuerySet(TenantQuerySet[M]):
    def to_show(self) -> Self:
        """Read with each what a list of them shows: who, what was asked, what was answered."""
        return self.select_related(
            "form", "member", "record", "version"
        ).prefetch_related("answers")

    def pending(self) -> Self:
        """Return those of nobody yet, for an operator to attach or dismiss."""
        return self.filter(member=None, dismissed_at=None, is_test=False)

    def newest_first(self) -> Self:
        return self.to_show().order_by("-received_at", "-pk")

    def of_member_since(self, member_id: int, moment: datetime) -> int:
        return self.filter(member_id=member_id, received_at__gt=moment).count()


class AnswerQuerySet(TenantQuerySet[M]):
    def in_order(self) -> Self:
        return self.order_by("pk")
