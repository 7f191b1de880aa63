"""Taggings as events."""

from datetime import timedelta
from typing import Any

from members.models import Tag, TagBatch
from messaging.triggers.fire import fire_trigger
from tenants.models import Tenant

# After a bulk tag the first messages wait this long, so that a mistake can be undone before anybody sees it.
UNDO_WINDOW = timedelta(minutes=5)


def enrol_tagged_members(
    sender: object,
    tenant: Tenant,
    tag: Tag,
    batch: TagBatch,
    now: bool = True,
    **kwargs: Any,
) -> None:
    """Let a tagging count as an event; receives members_tagged."""
    wait = timedelta() if now else UNDO_WINDOW
    who = batch.member_tags.values("member_id")
    fire_trigger(tenant, "tag_added", tag.pk, who, key=f"tag:{batch.pk}", wait=wait)
