"""The form of a file of a cart: what it holds, and the file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.base import Resource
from cartsync.files.load import load_mapping
from cartsync.models import Cart, CartWord
from jobs.uploads import LostUpload

MOST_MEGABYTES = 200


class CartFileForm(forms.Form):
    resource = forms.ChoiceField(label=_("ファイルの内容"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("ファイル"),
        max_length=200,
        help_text=_(
            "見出しのあるCSVです。文字コードはUTF-8でもShift_JISでもかまいません。同じIDの行は新しい内容に変わります。"
        ),
        widget=forms.FileInput(
            attrs={
                "accept": ".csv,.tsv,.txt",
                "data-width": "full",
                "data-filedrop": "yes",
            }
        ),
    )

    def __init__(self, *args: Any, cart: Cart, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [
            (kind, label)
            for kind, label in CartWord.Kind.choices
            if load_mapping(cart, Resource(kind))
        ]
        self.fields["resource"].choices = offered  # type: ignore[attr-defined]
        self.fields["resource"].initial = offered[0][0] if offered else ""

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if isinstance(upload, LostUpload) or upload.size > MOST_MEGABYTES << 20:
            raise ValidationError(
                gettext(
                    "ファイルが大きすぎます。%(most)sMB以下のファイルに分けてください。"
                )
                % {"most": MOST_MEGABYTES},
                code="size",
            )
        return upload
