"""The tables of messages: accounts, scenarios, and the ledger of everything sent."""

from messaging.models.accounts import LineAccount, WebhookEvent
from messaging.models.calendars import BusinessCalendar, CalendarDay
from messaging.models.deliveries import Attempt, Delivery
from messaging.models.scenarios import (
    Content,
    Enrollment,
    Scenario,
    ScenarioTrigger,
    Step,
)

__all__ = [
    "Attempt", "BusinessCalendar", "CalendarDay", "Content", "Delivery", "Enrollment", "LineAccount", "Scenario",
    "ScenarioTrigger", "Step", "WebhookEvent",
]  # fmt: skip
