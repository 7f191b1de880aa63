"""Hard deletes. They are rare, and wait for taggings under way: links have no foreign keys in the database."""

from django.db import transaction
from django.db.models import QuerySet

from members.models import Member, MemberTag, Tag
from members.tagging import own_links
from tenants import audit


@transaction.atomic
def delete_members(members: QuerySet[Member]) -> int:
    """Members with everything that is theirs. Returns how many."""
    own_links()
    ids = list(members.order_by().values_list("pk", flat=True))
    MemberTag.objects.filter(member__in=ids).delete()
    Member.objects.filter(pk__in=ids).delete()
    audit.record("member.deleted", count=len(ids), members=ids[:1000])
    return len(ids)


@transaction.atomic
def delete_tag(tag: Tag) -> None:
    """The tag, taken off everybody, with the record of its taggings."""
    own_links()
    audit.record("tag.deleted", tag)
    MemberTag.objects.filter(tag=tag).delete()
    tag.delete()
