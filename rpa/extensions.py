"""What the robot adds to the apps below."""

from django.utils.translation import gettext_lazy as _

from forms_builder.extension import FormsExtension
from members.extension import MembersExtension
from members.merge.references import Rule
from operators.extension import OperatorsExtension
from operators.notify import NoticeKind
from operators.roles import EDIT
from rpa.condition_fields import REQUESTED, RESULT
from rpa.fields.from_form import find_receipt_page, list_form_notes
from rpa.requests.describe import describe_request_notices
from rpa.requests.state import NEEDS_PERSON

OPERATORS = OperatorsExtension(
    "rpa",
    notice_kinds=(
        NoticeKind(NEEDS_PERSON, _("RPAの要確認"), EDIT, describe_request_notices),
    ),
)
FORMS = FormsExtension(
    "rpa",
    field_kinds={
        "rpa_product": "rpa.fields.product.ProductKind",
        "rpa_action": "rpa.fields.action.ActionKind",
        "rpa_date": "rpa.fields.wishes.WishedDateKind",
        "rpa_cycle": "rpa.fields.wishes.CycleKind",
        "rpa_pause": "rpa.fields.wishes.PauseKind",
        "rpa_reason": "rpa.fields.wishes.ReasonKind",
    },
    notes=list_form_notes,
    next_page=find_receipt_page,
)
MEMBERS = MembersExtension(
    "rpa",
    condition_fields=(REQUESTED, RESULT),
    merge_rules={"rpa.CancellationRequest.member": Rule(_("解約などの申請"))},
)
