"""The tables of forms: what is asked, in which version, and what was answered."""

from forms_builder.models.form import (
    Field,
    Form,
    FormOpening,
    FormTag,
    FormVersion,
)
from forms_builder.models.mail import FormMail, HelpDeskInbox
from forms_builder.models.privacy import PrivacyNotice
from forms_builder.models.submission import Answer, Submission

__all__ = [
    "Answer",
    "Field",
    "Form",
    "FormMail",
    "FormOpening",
    "FormTag",
    "FormVersion",
    "HelpDeskInbox",
    "PrivacyNotice",
    "Submission",
]
