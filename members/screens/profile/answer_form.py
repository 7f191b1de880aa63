"""What an operator may correct of who a member is: name, email, phone."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.attributes.definitions import get_archived_keys
from members.identity.shared_emails import refuse_shared_email
from members.normalize.emails import clean_email, normalize_email, suggest_email
from members.normalize.names import clean_name
from members.normalize.phones import clean_phone
from members.normalize.text import normalize_text


class AnswerForm(forms.Form):
    """An operator's answer about who a member is. Unchanged or emptied fields do not count as answered."""

    name = forms.CharField(label=gettext_lazy("氏名"), required=False, max_length=200)
    email = forms.CharField(
        label=gettext_lazy("メールアドレス"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"inputmode": "email"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("電話番号"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    sure_of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key in get_archived_keys() & set(self.fields):
            del self.fields[key]

    def clean_email(self) -> str:
        email = clean_email(self.cleaned_data["email"])
        meant = suggest_email(email)
        if (
            meant
            and email != self.initial.get("email")
            and self.data.get("sure_of") != email
        ):
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["sure_of"] = email  # type: ignore[index]
            raise ValidationError(
                _(
                    "「%(meant)s」の間違いではありませんか？　このままでよければ、もう一度保存してください。"
                )
                % {"meant": meant}
            )
        if email != self.initial.get("email"):
            refuse_shared_email(normalize_email(email), getattr(self, "member", None))
        return email

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def answered(self) -> dict[str, str]:
        """Return the fields that say something new, as {name: value}."""
        values = {
            name: (clean_name if name == "name" else normalize_text)(
                self.cleaned_data.get(name, "")
            )
            for name in ("name", "email", "phone")
        }
        return {
            name: value
            for name, value in values.items()
            if value and value != self.initial.get(name)
        }
