"""News from the members, for the apps above. Each signal carries a set, for one member and for a million."""

from django.dispatch import Signal

# tenant, tag, batch (TagBatch): the members newly tagged are batch.member_tags.
members_tagged = Signal()
# tenant, tag, member_ids (list of int): the tag was taken off these members.
members_untagged = Signal()
# tenant, member_ids: a phone or email of these members is new or changed, so they may be linked now.
identity_changed = Signal()
