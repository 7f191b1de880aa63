"""What a kind of trigger is: one class for each, shipped here or handed in by an upper app."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from messaging.models import Trigger

Text = str | Promise


class TriggerKind:
    """A kind of event. ``subject``: the column of Trigger that says what it is about; "" when it is about nothing."""

    label: ClassVar[Text] = ""
    # Names the group in the picker.
    family: ClassVar[Text] = ""
    help: ClassVar[Text] = ""
    subject: ClassVar[str] = ""
    # Whether a trigger of this kind must name its subject; where it need not, none means any.
    needs_subject: ClassVar[bool] = False
    # What any subject is called in the picker.
    any_label: ClassVar[Text] = ""
    # Roles in which it can be chosen.
    roles: ClassVar[tuple[str, ...]] = ("start", "stop", "goal")
    # Counts the days before or after a date of the member; it is fired at night (triggers/dates.py).
    is_date: ClassVar[bool] = False
    # Follow mails start with it: a step message that gets it joins their group by itself (follow_group.py).
    is_followed: ClassVar[bool] = False

    def list_subjects(self) -> Iterable[tuple[str, str]]:
        """Return what can be chosen as its subject, as (public id, label), within the shop's scope."""
        return ()

    def describe(self, trigger: Trigger) -> str:
        """Describe the trigger in a short sentence, as it stands on the timeline."""
        name = self.name_subject(trigger)
        return f"{self.label}：{name}" if name else str(self.label)

    def name_subject(self, trigger: Trigger) -> str:
        if trigger.tag_id or trigger.attribute_id:
            return str(trigger.tag or trigger.attribute)
        if not trigger.ref:
            return ""
        labels = dict(self.list_subjects())
        return labels.get(trigger.ref, _("削除された項目"))

    def find_missed(self, trigger: Trigger, since: datetime) -> QuerySet[Any] | None:
        """Return rows of (member id, event key) that it would have fired since then; None when nobody can tell."""
        return None

    def find_current(self, trigger: Trigger) -> QuerySet[Any] | None:
        """Return the ids of the members for whom it is true now; None where there is nothing that lasts.

        They are no event: nobody comes in for it unless a person says so at the first start.
        """
        return None
