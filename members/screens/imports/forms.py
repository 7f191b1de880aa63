"""Forms of 会員の取り込み."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms import Switch
from jobs.uploads import LostUpload
from members.imports.read.columns import IGNORE, KEYS, Target
from members.imports.read.csv_reader import MOST_BYTES, NAMED_DELIMITERS
from members.imports.read.mapping import find_mapping_problems
from members.imports.read.settings import Settings
from members.normalize.files.encodings import ENCODING_NAMES
from members.normalize.files.workbooks import build_full_disk_error


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("ファイル"),
        max_length=200,
        error_messages={
            "empty": gettext_lazy(
                "ファイルが空です。会員の入ったCSVかExcelファイルを選んでください。"
            ),
            "required": gettext_lazy(
                "ファイルが選ばれていません。CSVかExcelファイルを選んでください。"
            ),
        },
        help_text=gettext_lazy("ファイルをここにドラッグして選ぶこともできます。"),
        widget=forms.FileInput(
            attrs={
                "accept": ".csv,.tsv,.txt,.xlsx",
                "data-width": "full",
                "data-filedrop": "yes",
            }
        ),
    )

    def clean_file(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["file"]
        if isinstance(upload, LostUpload) and upload.room:
            raise build_full_disk_error()
        if (upload.size or 0) > MOST_BYTES:
            raise ValidationError(
                _(
                    "ファイルが大きすぎます（%(size)sMB）。%(most)sMB以下のファイルに分けてください。"
                )
                % {"size": (upload.size or 0) >> 20, "most": MOST_BYTES >> 20},
                code="size",
            )
        return upload


class ReadingForm(forms.Form):
    """How a CSV is read, where the guess was wrong."""

    encoding = forms.ChoiceField(
        label=gettext_lazy("文字コード"),
        choices=[
            (code, name) for code, name in ENCODING_NAMES.items() if code != "utf-8-sig"
        ],
    )
    delimiter = forms.ChoiceField(
        label=gettext_lazy("区切り"), choices=list(NAMED_DELIMITERS.items())
    )

    @classmethod
    def of(cls, settings: Settings) -> "ReadingForm":
        encoding = "utf-8" if settings.encoding == "utf-8-sig" else settings.encoding
        return cls(initial={"encoding": encoding, "delimiter": settings.delimiter})


class MappingForm(forms.Form):
    """One choice for each column of the file (``c0``, ``c1`` …), the keys that find members, and the switches."""

    keys = forms.MultipleChoiceField(
        label=gettext_lazy("既存の会員を探す項目"),
        choices=list(KEYS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "across"}),
        help_text=gettext_lazy(
            "上から順に、行に値のある最初の項目だけで探します。見つからなければ新規、2名以上見つかればエラーになります。"
        ),
    )
    add = forms.BooleanField(
        label=gettext_lazy("新規会員を追加する"), required=False, widget=Switch
    )
    update = forms.BooleanField(
        label=gettext_lazy("既存の会員のプロフィールを更新する"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy(
            "氏名・連絡先・生年月日・会員情報項目・タグ。空欄のセルでは何も消えません。"
        ),
    )
    consent = forms.BooleanField(
        label=gettext_lazy("受信設定を取り込む"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy(
            "オフのままなら、受信拒否は何も変わりません。オンにすると「拒否」だけを取り込みます。"
        ),
    )
    release = forms.BooleanField(
        label=gettext_lazy("拒否を解除する"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy(
            "「受信」とある会員の受信拒否を解除します。本人の同意を確かめたときだけオンにしてください。"
        ),
    )

    def __init__(
        self,
        *args: Any,
        settings: Settings,
        targets: Mapping[str, Target],
        **kwargs: Any,
    ) -> None:
        mapping = settings.mapping or {}
        places = {f"c{place}": name for place, name in enumerate(settings.header)}
        initial = {field: mapping.get(name, IGNORE) for field, name in places.items()}
        initial |= {
            name: getattr(settings, name)
            for name in ("keys", "add", "update", "consent", "release")
        }
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self.places = places
        choices = [
            (IGNORE, _("取り込まない")),
            *((key, target.label) for key, target in targets.items()),
        ]
        for field, name in places.items():
            self.fields[field] = forms.ChoiceField(label=name, choices=choices)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        mapping = self.mapping
        words = {
            "no_key": _(
                "会員を見分ける列がありません。会員ID・LINEユーザーID・メールアドレス・電話番号のどれかを列に対応づけてください。"
            ),
            "both_names": _(
                "「氏名」と「姓」「名」が両方選ばれています。どちらかにしてください。"
            ),
        }
        for code in find_mapping_problems(mapping):
            if code == "twice":
                self.refuse_repeats()
            else:
                self.add_error(None, words[code])
        chosen = set(cleaned.get("keys") or ())
        if not chosen & set(mapping.values()) and "no_key" not in find_mapping_problems(
            mapping
        ):
            self.add_error(
                "keys", _("列に対応づけた項目の中から、1つ以上を選んでください。")
            )
        if (
            not cleaned.get("add")
            and not cleaned.get("update")
            and not cleaned.get("consent")
        ):
            self.add_error(
                "add", _("取り込む内容がすべてオフです。1つ以上をオンにしてください。")
            )
        return cleaned

    def refuse_repeats(self) -> None:
        seen: dict[str, str] = {}
        for field, name in self.places.items():
            key = self.cleaned_data.get(field, IGNORE)
            if key != IGNORE and key in seen:
                words = _(
                    "「%(first)s」と同じ項目が選ばれています。1つの項目には1つの列だけを対応づけてください。"
                )
                self.add_error(field, words % {"first": seen[key]})
            seen.setdefault(key, name)

    @property
    def mapping(self) -> dict[str, str]:
        return {
            name: self.cleaned_data.get(field, IGNORE)
            for field, name in self.places.items()
        }
