"""A form that asks again for the number of members before something is done to many of them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.normalize.text import normalize_text

ASK_ABOVE = 1_000


class CountForm(forms.Form):
    """``expected``: the number that the page showed; ``typed``: the same number by hand, asked for above ASK_ABOVE."""

    expected = forms.IntegerField(widget=forms.HiddenInput)
    typed = forms.CharField(
        label=gettext_lazy("確認のため人数を入力"),
        max_length=12,
        error_messages={
            "required": gettext_lazy(
                "人数が入力されていません。対象の人数を入力してください。"
            )
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        kwargs["initial"] = {"expected": count, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.count = count
        if not self.asks:
            del self.fields["typed"]
            return
        # It stands last, right before the button.
        self.order_fields([name for name in self.fields if name != "typed"])
        words = _("%(most)s名を超えるため、対象の人数「%(count)s」を入力してください。")
        self.fields["typed"].help_text = words % {
            "most": f"{ASK_ABOVE:,}",
            "count": f"{count:,}",
        }

    @property
    def asks(self) -> bool:
        return self.count > ASK_ABOVE

    def clean_expected(self) -> int:
        if self.cleaned_data["expected"] != self.count:
            self.data = {**self.data.dict(), "expected": str(self.count)}  # type: ignore[attr-defined]
            raise ValidationError(
                _(
                    "対象の会員が%(count)s名に変わりました。人数を確かめて、もう一度実行してください。"
                )
                % {"count": f"{self.count:,}"}
            )
        return self.count

    def clean_typed(self) -> str:
        typed = normalize_text(self.cleaned_data["typed"]).replace(",", "")
        if typed != str(self.count):
            raise ValidationError(
                _("人数が一致しません。「%(count)s」と入力してください。")
                % {"count": self.count}
            )
        return typed
