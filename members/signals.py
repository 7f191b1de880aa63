"""Signals of the members app, for the apps above. Each carries a set, be it one member or a million."""

from django.dispatch import Signal

# ``tenant`` is the Tenant itself; all of them are sent inside the verb's transaction.
# tenant, tag, batch (TagBatch): the members newly tagged are batch.member_tags.
members_tagged = Signal()
# tenant, tag, member_ids (list of int): the tag was taken off these members.
members_untagged = Signal()
# tenant, member_ids, record_ids: these members answered, or their phone or email changed: they may be linked now.
identity_changed = Signal()
