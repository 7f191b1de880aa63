"""電話番号: typed in any width, kept as typed, matched in E.164 form."""

from django.utils.translation import gettext_lazy

from forms_builder.questions.base import FieldKind, mask_contact
from members.models import Member
from members.normalize.phones import clean_phone, format_national_phone, normalize_phone


class PhoneKind(FieldKind):
    label = gettext_lazy("電話番号")
    icon = "phone"
    help = gettext_lazy("全角・半角、ハイフンの有無は問いません。例：090-1234-5678")
    once = True
    item = "phone"
    longest = 40
    attrs = {"type": "tel", "inputmode": "tel", "autocomplete": "tel"}

    def clean_text(self, text: str) -> str:
        return clean_phone(text)

    def mask(self, text: str) -> str:
        return mask_contact(format_national_phone(normalize_phone(text)) or text)

    def show_known(self, member: Member) -> str:
        return mask_contact(format_national_phone(member.phone_e164) or member.phone)
