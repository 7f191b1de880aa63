"""The kinds of trigger that the messages ship. Upper apps hand in theirs by MessagingExtension.triggers."""

from messaging.extension import extensions
from messaging.triggers.base import TriggerKind
from outbound.kinds import load_kind

TRIGGERS = {
    "tag_added": "messaging.triggers.members.TagAdded",
    "friend_added": "messaging.triggers.members.FriendAdded",
    "first_seen": "messaging.triggers.members.FirstSeen",
    "blocked": "messaging.triggers.members.Blocked",
    "form_answered": "messaging.triggers.forms.FormAnswered",
    "form_answered_again": "messaging.triggers.forms.FormAnsweredAgain",
    "linked": "messaging.triggers.carts.Linked",
    "unlinked": "messaging.triggers.carts.Unlinked",
    "order": "messaging.triggers.carts.Order",
    "shipped": "messaging.triggers.carts.Shipped",
    "subscription_started": "messaging.triggers.carts.SubscriptionStarted",
    "subscription_paused": "messaging.triggers.carts.SubscriptionPaused",
    "subscription_cancelled": "messaging.triggers.carts.SubscriptionCancelled",
    "subscription_next": "messaging.triggers.carts.SubscriptionNext",
    "birthday": "messaging.triggers.dates.Birthday",
    "attribute_date": "messaging.triggers.dates.AttributeDate",
}


def list_trigger_paths() -> dict[str, str]:
    """Return kind → dotted path; what an upper app hands in replaces ours of the same name."""
    paths = dict(TRIGGERS)
    for each in extensions.values():
        paths.update(each.triggers)
    return paths


def get_trigger_kind(name: str) -> TriggerKind:
    """Return the kind of this name; of one whose app is gone, a plain one that nothing fires."""
    paths = list_trigger_paths()
    kind: type[TriggerKind] = load_kind(paths, name) if name in paths else TriggerKind
    return kind()


def list_date_kinds() -> list[str]:
    """Return the kinds that count from a date, ours and those of upper apps."""
    return [name for name in list_trigger_paths() if get_trigger_kind(name).is_date]
