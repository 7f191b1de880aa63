"""What starts step messages by a form: every form can be chosen, also one that takes no answers now."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from forms_builder.answers.apply import ANSWERED, ANSWERED_AGAIN
from forms_builder.models import Form, Submission
from messaging.models import Trigger
from messaging.models.scenarios import TAG_ADDED
from messaging.triggers import forms


class FormAnswered(forms.FormAnswered):
    def list_subjects(self) -> Iterable[tuple[str, str]]:
        rows = Form.objects.order_by("name", "pk")
        return rows.values_list("public_id", "name")

    def find_missed(self, trigger: Trigger, since: datetime) -> QuerySet[Any] | None:
        return list_events(list_answers_since(trigger, since))


class FormAnsweredAgain(FormAnswered, forms.FormAnsweredAgain):
    def find_missed(self, trigger: Trigger, since: datetime) -> QuerySet[Any] | None:
        before = Submission.objects.filter(
            form=OuterRef("form"),
            member=OuterRef("member"),
            is_test=False,
            received_at__lte=OuterRef("received_at"),
        ).exclude(pk=OuterRef("pk"))
        return list_events(list_answers_since(trigger, since).filter(Exists(before)))


def list_answers_since(trigger: Trigger, since: datetime) -> QuerySet[Submission]:
    rows = Submission.objects.filter(
        is_test=False, member__isnull=False, received_at__gte=since
    )
    return rows.filter(form__public_id=trigger.ref) if trigger.ref else rows


def list_events(rows: QuerySet[Submission]) -> QuerySet[Any]:
    """Return (member id, event key), with the keys under which the answers were fired."""
    key = Concat(
        Value("submission:"),
        Cast("pk", CharField()),
        output_field=CharField(max_length=40),
    )
    return rows.values_list("member_id", key)


def list_started_triggers(form: Form) -> QuerySet[Trigger]:
    """Return the triggers by which answering this form starts step messages: by the answer, or by a tag it puts on."""
    tags = [
        *form.tags_to(remove=False).values_list("pk", flat=True),
        *filter(None, (form.linked_tag_id, form.not_found_tag_id)),
    ]
    by_answer = Q(kind__in=(ANSWERED, ANSWERED_AGAIN), ref__in=("", form.public_id))
    rows = Trigger.objects.filter(
        by_answer | Q(kind=TAG_ADDED, tag__in=tags),
        role=Trigger.Role.START,
        scenario__deleted_at=None,
    )
    return rows.select_related("scenario", "tag").order_by("scenario__name", "pk")
