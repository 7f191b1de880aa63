"""Forms of bulk actions: what to do, and the number of members once more."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import SegmentedSelect, Switch
from members.attributes.definitions import IDENTITY, get_attribute_key, list_attributes
from members.attributes.kinds import get_kind
from members.attributes.values import parse_attribute_value
from members.identity.inquiries.form import InquiryForm
from members.identity.optout import Channel
from members.listing.confirm_count import CountForm
from members.models import Attribute
from members.normalize.text import normalize_text
from members.tags.choice import TagChoiceForm

BOTH = "both"


class BulkForm(CountForm):
    """What to do, and the number of members once more."""


class BulkTagForm(BulkForm, TagChoiceForm):
    now = forms.BooleanField(
        label=gettext_lazy("今すぐ配信を始める"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy(
            "オフのときは、このタグで始まるステップメッセージを5分待ってから送ります。その間は元に戻せば1通も送りません。"
        ),
    )


class BulkUntagForm(BulkForm, TagChoiceForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, may_make=False, **kwargs)


class BulkSetForm(BulkForm):
    """One attribute for all members. An empty value must be confirmed, because it removes the value that is there."""

    attribute = forms.ChoiceField(label=gettext_lazy("変更する項目"))
    value = forms.CharField(
        label=gettext_lazy("新しい値"), required=False, max_length=500
    )
    # The attribute for which the input of the value was made, so that it is replaced when another one is chosen.
    shape = forms.CharField(required=False, widget=forms.HiddenInput)
    empty = forms.BooleanField(
        label=gettext_lazy("空にする（いまの値を消す）"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Identity fields change only by answers; of the system's attributes only the birthday is set here.
        usable = [
            each
            for each in list_attributes()
            if not each.archived_at and each.system not in IDENTITY
        ]
        self.attributes = {
            get_attribute_key(attribute): attribute for attribute in usable
        }
        named = [(key, attribute.label) for key, attribute in self.attributes.items()]
        self.fields["attribute"].choices = [("", _("選んでください")), *named]  # type: ignore[attr-defined]
        self.shape_value()

    def shape_value(self) -> None:
        """Give the value the input that fits the chosen attribute; drop what was typed for another one."""
        attribute = self.named
        self.key = get_attribute_key(attribute) if attribute else ""
        self.reshaped = self.key != (self["shape"].value() or "")
        if self.reshaped:
            self.initial["value"] = ""
        if attribute:
            self.fields["value"].widget = get_kind(attribute).make_input(attribute)
        if attribute and attribute.column:
            self.fields["value"].widget = forms.TextInput()
            self.fields["value"].help_text = _(
                "「1985/11/22」、年が分からないときは「11/22」の形で入力してください。"
            )

    @property
    def named(self) -> Attribute | None:
        """The attribute chosen so far."""
        return self.attributes.get(str(self["attribute"].value() or ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        attribute, value = (
            self.attributes.get(cleaned.get("attribute", "")),
            normalize_text(cleaned.get("value", "")),
        )
        if attribute and not value and not cleaned.get("empty"):
            self.add_error(
                "value",
                _(
                    "値が入力されていません。値を入力するか、「空にする」にチェックを入れてください。"
                ),
            )
        if value and cleaned.get("empty"):
            self.add_error(
                "empty",
                _(
                    "値と「空にする」の両方が指定されています。どちらか一方にしてください。"
                ),
            )
        if attribute and value:
            try:
                parse_attribute_value(attribute, value)
            except ValidationError as error:
                self.add_error("value", error)
        return cleaned

    @property
    def chosen(self) -> Attribute:
        return self.attributes[self.cleaned_data["attribute"]]


class BulkOptForm(BulkForm):
    channel = forms.ChoiceField(
        label=gettext_lazy("チャネル"),
        choices=[*Channel.choices, (BOTH, gettext_lazy("両方"))],
        initial=Channel.LINE,
        widget=SegmentedSelect,
    )

    @property
    def channels(self) -> list[str]:
        chosen = self["channel"].value() or Channel.LINE
        return (
            list(Channel.values)
            if chosen == BOTH
            else [chosen]
            if chosen in Channel.values
            else []
        )


class BulkInquiryForm(BulkForm, InquiryForm):
    pass
