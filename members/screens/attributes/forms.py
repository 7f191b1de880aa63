"""The form of one attribute."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import SegmentedSelect, Switch
from members.attributes.kinds import KINDS, AttributeKind
from members.models import Attribute
from members.models.attributes import SYSTEM_NAMES
from members.normalize.names import normalize_label
from members.normalize.text import normalize_text

MOST_CHOICES = 100


class AttributeForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("項目名"), max_length=60)
    kind = forms.ChoiceField(
        label=gettext_lazy("種類"),
        choices=Attribute.Kind.choices,
        initial=Attribute.Kind.TEXT,
        widget=SegmentedSelect,
        help_text=gettext_lazy("値が入ったあとは変えられません。"),
    )
    choices = forms.CharField(
        label=gettext_lazy("選択肢"),
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 4, "data-width": "l"}),
        help_text=gettext_lazy(
            "種類が「選択肢」のときに使います。1行に1つずつ入力してください。"
        ),
    )
    in_list = forms.BooleanField(
        label=gettext_lazy("会員リストに表示"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy(
            "会員リストの列になります。列は、オペレーターごとに「表示する項目」で外せます。"
        ),
    )
    in_detail = forms.BooleanField(
        label=gettext_lazy("会員の詳細に表示"),
        required=False,
        initial=True,
        widget=Switch,
    )
    in_talk = forms.BooleanField(
        label=gettext_lazy("トークの横に表示"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy("会員の詳細の「トーク」で、やりとりの横に出ます。"),
    )

    def __init__(
        self, *args: Any, attribute: Attribute | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.attribute = attribute

    @staticmethod
    def initial_of(attribute: Attribute) -> dict[str, Any]:
        values = {
            name: getattr(attribute, name)
            for name in ("name", "kind", "in_list", "in_detail", "in_talk")
        }
        return values | {"choices": "\n".join(attribute.choices)}

    def clean_name(self) -> str:
        name = " ".join(normalize_text(self.cleaned_data["name"]).split())
        key = normalize_label(name)
        if not key:
            raise ValidationError(
                _("項目名が入力されていません。項目名を入力してください。"),
                code="required",
            )
        same = Attribute.objects.filter(name_key=key).first()
        if (same and same != self.attribute) or key in {
            normalize_label(str(label)) for label in SYSTEM_NAMES.values()
        }:
            raise ValidationError(
                _(
                    "同じ名前の項目があります（保管した項目も含みます）。別の名前にするか、その項目を使ってください。"
                )
            )
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lines = [
            " ".join(normalize_text(line).split())
            for line in cleaned.get("choices", "").splitlines()
        ]
        choices = [line for line in lines if line]
        if not KINDS.get(cleaned.get("kind", ""), AttributeKind()).has_choices:
            choices = []
        elif not choices:
            self.add_error(
                "choices",
                _(
                    "選択肢が入力されていません。1行に1つずつ、1つ以上入力してください。"
                ),
            )
        elif len({normalize_label(choice) for choice in choices}) < len(choices):
            self.add_error(
                "choices", _("同じ選択肢が2つあります。どちらかを消してください。")
            )
        elif len(choices) > MOST_CHOICES or max(map(len, choices)) > 100:
            self.add_error(
                "choices",
                _("選択肢は100個まで、1つ100文字までです。減らすか短くしてください。"),
            )
        cleaned["choices"] = choices
        return cleaned
