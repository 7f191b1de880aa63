"""Forms of bulk actions: what to do, and the count once more."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import Segmented, Switch
from members.attributing import parse
from members.forms import TagChoiceForm
from members.forms_inquiry import InquiryForm
from members.models import Attribute
from members.normalising import plain
from members.opting import Channel

BOTH = "both"


class BulkForm(forms.Form):
    """``expected``: how many the page said; ``typed``: the same number by hand, asked for many."""

    expected = forms.IntegerField(widget=forms.HiddenInput)
    typed = forms.CharField(
        label=gettext_lazy("確認のため件数を入力"), required=False, max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, count: int, ask: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {"expected": count, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.count = count
        if ask:
            # After what is to be done, right before the button.
            self.order_fields([name for name in self.fields if name != "typed"])
            self.fields["typed"].help_text = _("1,000件を超えるため、対象の件数「%(count)s」を入力してください。") % {
                "count": f"{count:,}"
            }
        else:
            del self.fields["typed"]

    def clean_expected(self) -> int:
        if self.cleaned_data["expected"] != self.count:
            raise ValidationError(
                _("対象の会員が%(count)s件に変わりました。件数を確かめて、もう一度実行してください。")
                % {"count": f"{self.count:,}"}
            )
        return self.count

    def clean_typed(self) -> str:
        typed = plain(self.cleaned_data["typed"]).replace(",", "")
        if typed != str(self.count):
            raise ValidationError(
                _("件数が一致しません。「%(count)s」と入力してください。") % {"count": f"{self.count}"}
            )
        return typed


class BulkTagForm(BulkForm, TagChoiceForm):
    now = forms.BooleanField(
        label=gettext_lazy("今すぐ配信を始める"), required=False, widget=Switch,
        help_text=gettext_lazy(
            "オフのときは、このタグで始まるステップメッセージを5分待ってから送ります。その間は元に戻せば1通も送りません。"
        ),
    )  # fmt: skip


class BulkUntagForm(BulkForm, TagChoiceForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, may_make=False, **kwargs)


class BulkSetForm(BulkForm):
    """One attribute for all of them. An empty value must be meant: it takes the value away."""

    attribute = forms.ChoiceField(label=gettext_lazy("変更する項目"))
    value = forms.CharField(label=gettext_lazy("新しい値"), required=False, max_length=500)
    empty = forms.BooleanField(label=gettext_lazy("空にする（いまの値を消す）"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who a member is comes by answers; of the built-in ones only the birthday is set this way.
        usable = Attribute.objects.filter(archived_at=None, system__in=("", "birthday")).order_by("position", "pk")
        self.attributes = {attribute.public_id: attribute for attribute in usable}
        named = [(key, attribute.name) for key, attribute in self.attributes.items()]
        self.fields["attribute"].choices = [("", _("選んでください")), *named]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        attribute, value = self.attributes.get(cleaned.get("attribute", "")), plain(cleaned.get("value", ""))
        if attribute and not value and not cleaned.get("empty"):
            self.add_error(
                "value", _("値が入力されていません。値を入力するか、「空にする」にチェックを入れてください。")
            )
        if value and cleaned.get("empty"):
            self.add_error("empty", _("値と「空にする」の両方が指定されています。どちらか一方にしてください。"))
        if attribute and value:
            try:
                parse(attribute, value)
            except ValidationError as error:
                self.add_error("value", error)
        return cleaned

    @property
    def chosen(self) -> Attribute:
        return self.attributes[self.cleaned_data["attribute"]]


class BulkOptForm(BulkForm):
    channel = forms.ChoiceField(
        label=gettext_lazy("チャネル"), choices=[*Channel.choices, (BOTH, gettext_lazy("両方"))],
        initial=Channel.LINE, widget=Segmented,
    )  # fmt: skip

    @property
    def channels(self) -> list[str]:
        chosen = self["channel"].value() or Channel.LINE
        return list(Channel.values) if chosen == BOTH else [chosen] if chosen in Channel.values else []


class BulkInquiryForm(BulkForm, InquiryForm):
    pass
