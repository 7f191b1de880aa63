"""The tables of messages: accounts, scenarios, and the ledger of everything sent."""

from messaging.models.accounts import LineAccount, WebhookEvent
from messaging.models.broadcasts import Broadcast
from messaging.models.calendars import BusinessCalendar, CalendarDay
from messaging.models.calls import Call
from messaging.models.clicks import Click
from messaging.models.contents import Content, Way
from messaging.models.deliveries import Delivery
from messaging.models.images import MessageImage
from messaging.models.mail.bounces import Bounce
from messaging.models.mail.domains import SendingDomain
from messaging.models.mail.footers import MailFooter
from messaging.models.mail.mailboxes import IncomingMail, Mailbox
from messaging.models.mail.routes import MailRoute
from messaging.models.mail.suppressions import Suppression
from messaging.models.runs import Enrollment
from messaging.models.scenarios import Scenario, ScenarioGroup, Step, Trigger
from messaging.models.senders import MailAccount, Sender
from messaging.models.stops import SendingStop
from messaging.models.talk.inbound import InboundMessage
from messaging.models.talk.keywords import Keyword
from messaging.models.templates import MessageTemplate
from messaging.models.testers import Tester

__all__ = [
    "Bounce", "Broadcast", "BusinessCalendar", "CalendarDay", "Call", "Click", "Content", "Delivery", "Enrollment",
    "InboundMessage", "IncomingMail", "Keyword", "LineAccount", "MailAccount", "MailFooter", "MailRoute", "Mailbox",
    "MessageImage", "MessageTemplate", "Scenario", "ScenarioGroup", "Sender", "SendingDomain", "SendingStop", "Step",
    "Suppression", "Tester", "Trigger", "Way", "WebhookEvent",
]  # fmt: skip
