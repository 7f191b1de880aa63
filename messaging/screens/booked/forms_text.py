"""What one booked message says instead."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.content.make import make_line_content, make_mail_content
from messaging.content.merge import check_fields
from messaging.content.render import (
    check_text,
    find_missing_form,
    list_attachable_forms,
)
from messaging.models import Content


class LineTextForm(forms.Form):
    """The text of a LINE message, and the form that is linked in it."""

    text = forms.CharField(
        label=_("本文"),
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 8, "data-preview": "message-preview", "data-width": "full"}
        ),
    )
    form_id = forms.ChoiceField(
        label=_("フォームを添える"),
        required=False,
        widget=forms.Select(attrs={"data-width": "l", "data-attached": ""}),
        help_text=_(
            "本文の{form}の位置に、フォームのリンクが入ります。{form}がないときは、本文の下に入ります。"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["form_id"]
        forms_there = [(form.public_id, form.label) for form in list_attachable_forms()]
        choice.choices = [("", gettext("添えない")), *forms_there]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "text" not in data:
            return data
        text = data["text"] = data["text"].replace("\r\n", "\n").strip()
        if not text:
            self.add_error(
                "text",
                gettext("本文が入力されていません。送る文章を入力してください。"),
            )
            return data
        try:
            check_text(text, data.get("form_id", ""))
        except ValidationError as errors:
            self.add_error("text", errors)
        return data

    @property
    def name_token(self) -> str:
        return "{name}"

    def make_content(self, old: Content) -> Content:
        text, form_id = self.cleaned_data["text"], self.cleaned_data["form_id"]
        return make_line_content(text, form_id, [], counts_links=old.counts_links)

    @staticmethod
    def initial_of(content: Content) -> dict[str, Any]:
        return {"text": content.text, "form_id": content.form_id}


class MailTextForm(forms.Form):
    """Subject and texts of a mail without HTML."""

    subject = forms.CharField(label=_("件名"), max_length=200)
    text = forms.CharField(
        label=_("本文"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "data-width": "full"}),
    )
    mobile = forms.CharField(
        label=_("携帯電話向けの本文"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "data-width": "full"}),
        help_text=_("空欄なら、携帯電話にも上の本文を送ります。"),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in ("subject", "text", "mobile"):
            text = data.get(name, "")
            form_id = self.initial.get("form_id", "")
            for fault in (*check_fields(text), *find_missing_form([text], form_id)):
                self.add_error(name, fault)
        return data

    def make_content(self, old: Content) -> Content:
        """Make the mail anew; whom its header names and who gets the answers stays as in ``old``."""
        data = self.cleaned_data
        texts = (data[name].replace("\r\n", "\n") for name in ("text", "mobile"))
        text, mobile = texts
        heads = {name: old.mail.get(name, "") for name in ("to", "reply_to")}
        return make_mail_content(
            data["subject"],
            text,
            mobile=mobile,
            form_id=old.form_id,
            counts_links=old.counts_links,
            **heads,
        )

    @staticmethod
    def initial_of(content: Content) -> dict[str, Any]:
        names = ("subject", "text", "mobile")
        said = {name: content.mail.get(name, "") for name in names}
        return {**said, "form_id": content.form_id}
