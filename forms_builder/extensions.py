"""What the forms add to the apps below."""

from collections.abc import Iterable

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from forms_builder.answers import export_columns
from forms_builder.answers.apply import ANSWERED, ANSWERED_AGAIN
from forms_builder.answers.notices import describe_answer_notices
from forms_builder.answers.record import NOTICE
from forms_builder.condition_fields import ANSWERED as ANSWERED_FIELD
from forms_builder.condition_fields import QUESTIONS
from forms_builder.models import Field, Form
from forms_builder.public.personal.links import build_personal_links
from forms_builder.screens.member_panel import PANEL, TAB
from members.extension import MembersExtension
from members.merge.references import Rule
from messaging.content.render import Attachable
from messaging.extension import MessagingExtension
from operators.extension import OperatorsExtension
from operators.notify import NoticeKind
from operators.roles import VIEW


def find_form_page(public_id: str) -> str:
    return reverse("forms_builder:form", args=[public_id])


def list_open_forms() -> Iterable[Attachable]:
    """Yield the forms a message can link to."""
    fields = Prefetch("fields", Field.objects.in_order())
    forms = Form.objects.filter(is_open=True).prefetch_related(fields, "form_tags")
    for form in forms.order_by("name", "pk"):
        kinds = [field.kind for field in form.fields.all()]
        tags = [row.tag_id for row in form.form_tags.all() if not row.removes]
        yield Attachable(form.public_id, form.name, kinds, tags)


MEMBERS = MembersExtension(
    "forms_builder",
    condition_fields=(ANSWERED_FIELD,),
    condition_families=(QUESTIONS,),
    shop_columns=export_columns.build_answer_columns,
    merge_rules={"forms_builder.Submission.member": Rule(_("フォーム回答"))},
    tabs=(TAB,),
    panels=(PANEL,),
)
OPERATORS = OperatorsExtension(
    "forms_builder",
    notice_kinds=(
        NoticeKind(NOTICE, _("フォームの回答"), VIEW, describe_answer_notices),
    ),
)
MESSAGING = MessagingExtension(
    "forms_builder",
    attachables=list_open_forms,
    form_page=find_form_page,
    personal_links=build_personal_links,
    triggers={
        ANSWERED: "forms_builder.triggers.FormAnswered",
        ANSWERED_AGAIN: "forms_builder.triggers.FormAnsweredAgain",
    },
)
