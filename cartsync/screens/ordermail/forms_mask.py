"""A mask as it is typed: its settings, and for each field the text before and after it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartsync.models import OrderMailMask
from cartsync.ordermail.masks import NEEDED, clean_anchors
from cartsync.ordermail.presets import MaskPreset
from cartsync.ordermail.reading import Pick, prepare_text, suggest_anchor
from cartsync.ordermail.values import MailField
from console.forms import SegmentedSelect, Switch
from messaging.models import IncomingMail

PICKS = (
    (Pick.NONE, _("読み取らずに知らせる")),
    (Pick.FIRST, _("最初の値を使う")),
    (Pick.LAST, _("最後の値を使う")),
)
LONGEST_ANCHOR, LONGEST_SAMPLE = 100, 65_000


class MaskForm(forms.ModelForm):
    """Its fields beside those of the model: ``number_before``, ``number_after``, ``number_pick``, ``number_value`` …"""

    class Meta:
        model = OrderMailMask
        fields = (
            "name", "mall", "kind", "subject_part", "sender", "is_active", "sample_subject", "sample",
        )  # fmt: skip
        widgets = {
            "kind": SegmentedSelect,
            "is_active": Switch,
            "sample": forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        }
        help_texts = {
            "mall": _(
                "受注リストに出る名前です。同じモールの注文確認メールと出荷完了メールには、同じ名前を入れてください。"
            ),
            "subject_part": _("この文字を件名に含むメールを読み取ります。"),
            "sender": _(
                "アドレスかドメインです。空欄のときは、受信アカウントの送信元すべてが対象です。"
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = OrderMailMask.Kind.choices
        self.fields["sample"].max_length = LONGEST_SAMPLE  # type: ignore[attr-defined]
        for name in MailField:
            stored = self.instance.anchors.get(name) or {}
            self.add_field(name, stored)

    def add_field(self, name: MailField, stored: dict[str, str]) -> None:
        texts = {"before": _("前の目印"), "after": _("後の目印")}
        for key, label in texts.items():
            self.fields[f"{name}_{key}"] = forms.CharField(
                label=label,
                required=False,
                max_length=LONGEST_ANCHOR,
                initial=stored.get(key, ""),
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
        self.fields[f"{name}_value"] = forms.CharField(
            label=_("見本での値"),
            required=False,
            strip=False,
            max_length=2000,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        if name != MailField.PRODUCTS:
            self.fields[f"{name}_pick"] = forms.ChoiceField(
                label=_("違う値が2か所以上あるとき"),
                choices=PICKS,
                required=False,
                initial=stored.get("pick", ""),
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The fields of each row of the table of anchors."""
        needed = {name for group in NEEDED[self.shown_kind] for name in group}
        return [
            {
                "name": name,
                "label": name.label,
                "needed": name in needed,
                "fields": [
                    self[f"{name}_{key}"]
                    for key in ("before", "after", "value", "pick")
                    if f"{name}_{key}" in self.fields
                ],
            }
            for name in MailField
        ]

    @property
    def shown_kind(self) -> str:
        kind = self["kind"].value()
        return kind if kind in NEEDED else OrderMailMask.Kind.ORDER

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if (
            OrderMailMask.objects.filter(name=name)
            .exclude(pk=self.instance.pk)
            .exists()
        ):
            raise ValidationError(
                gettext("「%(name)s」はもう使われています。別の名前にしてください。")
                % {"name": name}
            )
        return name

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (
            not given.get("subject_part")
            and not given.get("sender")
            and not {"subject_part", "sender"} & set(self.errors)
        ):
            self.add_error(
                "subject_part",
                gettext(
                    "対象のメールを見分けるために、件名に含む文字か送信元を入力してください。"
                ),
            )
        self.instance.anchors = self.collect_anchors()
        if not self.errors:
            self.refuse_lacking()
        return given

    def refuse_lacking(self) -> None:
        """Refuse a mask that could never read a mail whole."""
        for group in NEEDED[self.shown_kind]:
            if not any(name in self.instance.anchors for name in group):
                names = "／".join(
                    str(name.label) for name in MailField if name in group
                )
                first = next(name for name in MailField if name in group)
                self.add_error(
                    f"{first}_before",
                    gettext("%(names)sの前の目印を入力してください。")
                    % {"names": names},
                )

    def collect_anchors(self) -> dict[str, dict[str, str]]:
        """Return the anchors as they stand in the form, also in one that is not valid yet."""
        rows = {
            str(name): {
                key: self.read_text(f"{name}_{key}")
                for key in ("before", "after", "pick")
            }
            for name in MailField
        }
        return clean_anchors(rows)

    def read_text(self, name: str) -> str:
        return str((self[name].value() if name in self.fields else "") or "")[
            :LONGEST_ANCHOR
        ]

    def build_trial(self) -> OrderMailMask:
        """Return a mask as the form has it now, to try out; it is not for saving."""
        names = ("subject_part", "sender", "sample_subject", "sample")
        texts = {name: str(self[name].value() or "") for name in names}
        return OrderMailMask(
            kind=self.shown_kind, anchors=self.collect_anchors(), **texts
        )


def fill_from_values(data: Any) -> Any:
    """Return the posted data with anchors made of the values that were copied out of the sample."""
    data = data.copy()
    text = prepare_text(data.get("sample_subject", ""), data.get("sample", ""))
    for name in MailField:
        value = data.get(f"{name}_value", "")
        anchor = suggest_anchor(text, value) if value.strip() else None
        if anchor:
            data[f"{name}_before"], data[f"{name}_after"] = anchor.before, anchor.after
            data[f"{name}_value"] = ""
    return data


def build_initial(
    preset: MaskPreset | None, mail: IncomingMail | None
) -> dict[str, Any]:
    """Return what a new mask begins with: a preset, and a mail that was received as its sample."""
    initial: dict[str, Any] = {"kind": OrderMailMask.Kind.ORDER, "is_active": True}
    if preset:
        initial |= {
            "name": str(preset.label),
            "mall": str(preset.label),
            "kind": preset.kind,
            "subject_part": preset.subject_part,
        }
        for name, (before, after) in preset.anchors.items():
            initial |= {f"{name}_before": before, f"{name}_after": after}
    if mail:
        initial |= {
            "sample_subject": mail.subject,
            "sample": mail.text[:LONGEST_SAMPLE],
            "sender": mail.sender,
            "subject_part": mail.subject[:100] if not preset else preset.subject_part,
        }
    return initial


class ImportForm(forms.Form):
    """A file of masks that was exported here or at another shop."""

    file = forms.FileField(
        label=_("ファイル"),
        help_text=_(
            "「書き出す」で保存したJSONファイルです。取り込んだ解析マスクは、無効・未検証で始まります。"
        ),
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )

    LARGEST = 200_000

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if file.size > self.LARGEST:
            raise ValidationError(
                gettext("ファイルが大きすぎます。200 kBまで取り込めます。")
            )
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ValidationError(
                gettext(
                    "文字コードがUTF-8ではありません。書き出したファイルをそのまま選んでください。"
                )
            ) from error
