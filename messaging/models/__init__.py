"""The tables of messages: accounts, scenarios, and the ledger of everything sent."""

from messaging.models.accounts import LineAccount, WebhookEvent
from messaging.models.calendars import BusinessCalendar, CalendarDay
from messaging.models.deliveries import Call, Delivery
from messaging.models.inbound import InboundMessage
from messaging.models.mailboxes import IncomingMail, Mailbox
from messaging.models.scenarios import (
    Content,
    Enrollment,
    Scenario,
    ScenarioTrigger,
    Step,
)
from messaging.models.senders import MailAccount, Sender

__all__ = [
    "BusinessCalendar", "CalendarDay", "Call", "Content", "Delivery", "Enrollment", "InboundMessage", "IncomingMail",
    "LineAccount", "MailAccount", "Mailbox", "Scenario", "ScenarioTrigger", "Sender", "Step", "WebhookEvent",
]  # fmt: skip
