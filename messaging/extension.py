"""What apps above add to the messages. Each hands in one instance, in its ``AppConfig.ready()``."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from messaging.accounts.connections import Source
    from messaging.content.events import EventFields
    from messaging.content.render import Attachable
    from messaging.deliveries.holds import LinkTiming
    from messaging.mailboxes.handle import MailHandler
    from messaging.models import LineAccount
    from messaging.runs.events import EventPage
    from messaging.scenarios.ready import ReadyScenario
    from tenants.models import Tenant


@dataclass(frozen=True)
class MessagingExtension:
    """What one app adds."""

    app: str
    # What a message can link to; asked for in the shop's scope.
    attachables: "Callable[[], Iterable[Attachable]]" = tuple
    # Kinds of things the shop is connected to, for the page of connections.
    connections: "Sequence[Source]" = ()
    # When members are linked to carts, for messages that wait for it. One app at most says so.
    link_timing: "Callable[[Tenant], LinkTiming] | None" = None
    # The page on which the slowest cart's frequency is set; "" without a cart. Asked for by pages of the console.
    frequency_page: Callable[[], str] | None = None
    # The page of a form, by its public id.
    form_page: Callable[[str], str] | None = None
    # The ids of the tags that say of a member "linked".
    linked_tags: Callable[[], Iterable[int]] = tuple
    # Look at a text that somebody wrote to the account (account, LINE user id, text); True when it is dealt with.
    heard: "Callable[[LineAccount, str, str], bool] | None" = None
    # Somebody blocked the account (account, LINE user id).
    unfollowed: "Callable[[LineAccount, str], None] | None" = None
    # The LINE user ids of the shop's own staff, as a queryset of one column: no audience, and in no figure.
    staff: "Callable[[], QuerySet[Any]] | None" = None
    # What incoming mails are offered to, in order.
    mail_handlers: "Sequence[MailHandler]" = ()
    # Personal links of a form (its public id) for these members, by their ids; for mails, in the shop's scope.
    personal_links: "Callable[[str, Collection[int]], Mapping[int, str]] | None" = None
    # Kinds of trigger: name → dotted path of a TriggerKind; one of a name that we ship replaces ours.
    triggers: Mapping[str, str] = field(default_factory=dict)
    # Merge fields that the event of a run brings along.
    event_fields: "Sequence[EventFields]" = ()
    # Scenarios of the gallery that one click makes.
    ready_scenarios: "Sequence[ReadyScenario]" = ()
    # The keys of the events that a text names, such as an order's number; asked for in the shop's scope.
    event_keys: "Callable[[str], Collection[str]] | None" = None
    # Where the events with these keys are shown, by key.
    event_pages: "Callable[[Collection[str]], Mapping[str, EventPage]] | None" = None
    # Settled orders, each with member_id, at (when it was ordered) and yen; asked for in the shop's scope.
    sales: "Callable[[], QuerySet[Any]] | None" = None


extensions: dict[str, MessagingExtension] = {}


def extend_messaging(extension: MessagingExtension) -> None:
    """Take in what an app adds; the same app again replaces it."""
    extensions[extension.app] = extension
