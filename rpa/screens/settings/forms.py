"""検索条件設定 as a form: the ticks, their order, すべて or いずれか."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import SegmentedSelect, Switch
from rpa.models import RpaSettings, SearchKey


class SearchSettingsForm(forms.Form):
    """``order`` comes as one hidden field for each row, in the order of the page."""

    ticked = forms.MultipleChoiceField(
        label=_("検索に使う項目"),
        choices=SearchKey.choices,
        required=False,
    )
    mode = forms.ChoiceField(
        label=_("一致のしかた"),
        choices=RpaSettings.Mode.choices,
        widget=SegmentedSelect,
        help_text=_(
            "「すべて」は、選んだ項目がどれも同じ顧客を指したときだけ、その顧客に決めます。"
            "「いずれか」は、第1条件から順に探し、見つからなかったときだけ次の条件で探します。"
        ),
    )
    compares_product_name = forms.BooleanField(
        label=_("商品名を照合する"), required=False, widget=Switch
    )
    compares_product_code = forms.BooleanField(
        label=_("商品コードを照合する"),
        required=False,
        widget=Switch,
        help_text=_(
            "全角と半角、空白の違いは区別しません。カートが商品コードを返さないときは一致とみなさず、人が確かめます。"
        ),
    )

    def __init__(self, *args: Any, settings: RpaSettings, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {
                "ticked": settings.ticked,
                "mode": settings.mode,
                "compares_product_name": settings.compares_product_name,
                "compares_product_code": settings.compares_product_code,
            },
        )
        super().__init__(*args, **kwargs)
        self.order = self.read_order(settings)

    def read_order(self, settings: RpaSettings) -> list[str]:
        """Return all three keys as they were posted; what is missing or unknown stands where it stood."""
        data = self.data
        posted = data.getlist("order") if isinstance(data, MultiValueDict) else []
        known = [key for key in dict.fromkeys(posted) if key in SearchKey.values]
        return known + [key for key in settings.order if key not in known]

    def move_key(self, move: str) -> None:
        """Move one key up or down: "up:email". Without a script the buttons post the form."""
        way, _colon, key = move.partition(":")
        if key not in self.order:
            return
        at = self.order.index(key)
        other = at + (-1 if way == "up" else 1)
        if 0 <= other < len(self.order):
            self.order[at], self.order[other] = self.order[other], self.order[at]

    @property
    def ticked_keys(self) -> list[str]:
        """The keys that are ticked on the page, whether they can be stored or not."""
        chosen = self["ticked"].value() or []
        return [key for key in self.order if key in chosen]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "key": key,
                "label": SearchKey(key).label,
                "ticked": key in self.ticked_keys,
                "advised": key == SearchKey.EMAIL,
            }
            for key in self.order
        ]

    def clean_ticked(self) -> list[str]:
        ticked: list[str] = self.cleaned_data["ticked"]
        if not ticked:
            raise ValidationError(
                gettext(
                    "検索に使う項目が選ばれていません。1つ以上選んでください。おすすめは「メールアドレス」だけです。"
                ),
                code="none",
            )
        if ticked == [SearchKey.NAME]:
            raise ValidationError(
                gettext(
                    "「氏名」だけでは検索できません。同じ名前の別のお客様を解約するおそれがあります。"
                    "「電話番号」か「メールアドレス」も選んでください。"
                ),
                code="name_alone",
            )
        return ticked
