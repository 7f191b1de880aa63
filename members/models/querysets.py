"""Reads of members and tags."""

from typing import TypeVar, cast

from django.apps import apps
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from tenants.models import TenantQuerySet

M = TypeVar("M", bound=models.Model)


class MemberQuerySet(TenantQuerySet[M]):
    def with_tags(self) -> "MemberQuerySet[M]":
        """Add ``tag_links`` to each row: its tags by name (link.tag), in one query for all rows."""
        links = (
            apps.get_model("members", "MemberTag")
            .objects.select_related("tag")
            .order_by("tag__name")
        )
        return self.prefetch_related(
            models.Prefetch("member_tags", links, to_attr="tag_links")
        )

    def by_link_state(self) -> dict[str, int]:
        """Count the members in each link state."""
        return dict(
            self.order_by().values_list("link_state").annotate(count=models.Count("pk"))
        )


class TagQuerySet(TenantQuerySet[M]):
    def with_counts(self) -> "TagQuerySet[M]":
        """Add ``tagged_count`` to each row: how many members have the tag; deleted ones do not count."""
        links = (
            apps.get_model("members", "MemberTag")
            .objects.filter(tag_id=models.OuterRef("pk"))
            .order_by()
        )
        # Deleted members are few and have an index: subtracting them is cheaper than a join for every link.
        deleted = links.filter(member__deleted_at__isnull=False)
        count = (
            Coalesce(models.Subquery(_count_per_tag(rows)), 0)
            for rows in (links, deleted)
        )
        return cast(
            "TagQuerySet[M]", self.annotate(tagged_count=next(count) - next(count))
        )


class TagFolderQuerySet(TenantQuerySet[M]):
    def with_tag_counts(self) -> "TagFolderQuerySet[M]":
        """Add ``tag_count`` to each row."""
        return cast(
            "TagFolderQuerySet[M]", self.annotate(tag_count=models.Count("tags"))
        )


def _count_per_tag(links: models.QuerySet[M]) -> models.QuerySet[M, dict[str, int]]:
    rows = links.values("tag_id").annotate(count=models.Count("member_id"))
    return rows.values("count")  # type: ignore[return-value]


class InquiryQuerySet(TenantQuerySet[M]):
    def overdue(self) -> "InquiryQuerySet[M]":
        """Return those that are past their day and not done."""
        return self.filter(due_on__lt=timezone.localdate()).exclude(mark="done")

    def of_list(self) -> "InquiryQuerySet[M]":
        return self.select_related("member", "assignee")

    def by_mark(self) -> dict[str, int]:
        return dict(
            self.order_by().values_list("mark").annotate(count=models.Count("pk"))
        )
