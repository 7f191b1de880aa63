"""Signals of the members app, for the apps above. Each carries a set, be it one member or a million."""

from django.dispatch import Signal

# ``tenant`` is the Tenant itself; all of them are sent inside the verb's transaction.
# tenant, tag, batch (TagBatch), now: the members newly tagged are batch.member_tags.
# ``now``: what that starts need not wait until the tagging can no longer be undone.
members_tagged = Signal()
# tenant, member_ids, record_ids: these members answered, or their phone or email changed: they may be linked now.
identity_changed = Signal()
# tenant, record_ids: what the carts replied to these answers at once stands in their ``outcome``.
records_decided = Signal()
