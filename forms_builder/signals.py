"""Signals of the forms, for the apps above. Each carries a set, and is sent inside the verb's transaction."""

from django.dispatch import Signal

# tenant, kind, submission_ids: these answers were stored, and written to their members where they are of members. Test
# answers are never among them. kind: of their form. opened_at: when the form was opened, by the id of the answer.
answers_submitted = Signal()
