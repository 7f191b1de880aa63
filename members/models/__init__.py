"""The tables of the members app."""

from members.models.attributes import Attribute, AttributeValue
from members.models.changes import MemberChange, Merge, PastTag
from members.models.identity import IdentityRecord
from members.models.imports import ImportRow, MemberImport
from members.models.inquiries import Inquiry, Note
from members.models.lists import (
    MemberName,
    SearchText,
    ValueList,
    ValueListMember,
    ValueListText,
)
from members.models.member import AnswerSource, Member
from members.models.segments import Segment, SegmentChange, SegmentMember
from members.models.settings import MemberSettings
from members.models.tags import MemberTag, Tag, TagBatch, TagFolder
from members.models.visits import Visit

__all__ = [
    "AnswerSource", "Attribute", "AttributeValue", "IdentityRecord", "ImportRow", "Inquiry", "Member", "MemberChange",
    "MemberImport", "MemberName", "MemberSettings", "MemberTag", "Merge", "Note", "PastTag", "SearchText", "Segment",
    "SegmentChange", "SegmentMember", "Tag", "TagBatch", "TagFolder", "ValueList", "ValueListMember", "ValueListText",
    "Visit",
]  # fmt: skip
