"""What templates read of answers."""

from django import template

from forms_builder.answers import read
from forms_builder.models import Submission

register = template.Library()


@register.filter
def answered(submission: Submission) -> list[read.Answered]:
    return read.list_answered(submission)
