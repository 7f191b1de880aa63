"""The tables of messages: accounts, scenarios, and the ledger of everything sent."""

from messaging.models.accounts import LineAccount, WebhookEvent
from messaging.models.bounces import Bounce
from messaging.models.broadcasts import Broadcast
from messaging.models.calendars import BusinessCalendar, CalendarDay
from messaging.models.calls import Call
from messaging.models.clicks import Click
from messaging.models.contents import Content, Way
from messaging.models.deliveries import Delivery
from messaging.models.footers import MailFooter
from messaging.models.images import MessageImage
from messaging.models.inbound import InboundMessage
from messaging.models.keywords import Keyword
from messaging.models.mailboxes import IncomingMail, Mailbox
from messaging.models.scenarios import (
    Enrollment,
    Scenario,
    ScenarioGroup,
    Step,
    Trigger,
)
from messaging.models.senders import MailAccount, Sender
from messaging.models.stops import SendingStop
from messaging.models.suppressions import Suppression
from messaging.models.templates import MessageTemplate
from messaging.models.testers import Tester

__all__ = [
    "Bounce", "Broadcast", "BusinessCalendar", "CalendarDay", "Call", "Click", "Content", "Delivery", "Enrollment",
    "InboundMessage", "IncomingMail", "Keyword", "LineAccount", "MailAccount", "MailFooter", "Mailbox", "MessageImage",
    "MessageTemplate", "Scenario", "ScenarioGroup", "Sender", "SendingStop", "Step", "Suppression", "Tester",
    "Trigger", "Way", "WebhookEvent",
]  # fmt: skip
