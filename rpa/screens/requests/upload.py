"""Requests from a CSV: every row is checked as a typed one is, and all of them are received, or none."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cartsync.models import Cart
from members.imports.read.csv_reader import strip_apostrophe
from members.normalize.files.encodings import detect_encoding
from rpa.models import CancellationRequest, RpaSettings
from rpa.screens.requests.forms import RequestForm

MOST_ROWS, MOST_BYTES, MOST_PROBLEMS = 300, 1_000_000, 20
Kind = CancellationRequest.Kind
COLUMNS = {
    "kind": gettext_lazy("種類"),
    "name": gettext_lazy("氏名"),
    "phone": gettext_lazy("電話番号"),
    "email": gettext_lazy("メールアドレス"),
    "product": gettext_lazy("商品名"),
    "product_code": gettext_lazy("商品コード"),
    "wanted_date": gettext_lazy("希望日"),
    "every_days": gettext_lazy("周期（日）"),
    "reason": gettext_lazy("理由"),
}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row; ``line``: its number in the file, the headings being the first."""

    line: int
    text: str


class RequestUploadForm(forms.Form):
    """``problems``: what is wrong with the rows, the first of them; ``checked``: the rows once all are right."""

    cart = forms.ChoiceField(label=gettext_lazy("カート"))
    file = forms.FileField(
        label=gettext_lazy("CSVファイル"),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt", "data-width": "full"}),
        help_text=gettext_lazy("300件まで。見出しは見本のとおりにしてください。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settings = RpaSettings.load()
        carts = Cart.objects.active().order_by("name")
        self.carts = {each.public_id: each for each in carts}
        self.fields["cart"].choices = [  # type: ignore[attr-defined]
            (key, each.name) for key, each in self.carts.items()
        ]
        self.problems: list[Problem] = []
        self.checked: list[RequestForm] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "cart" in cleaned and "file" in cleaned:
            try:
                rows = list(read_rows(cleaned["file"]))
            except ValidationError as error:
                self.add_error("file", error)
            else:
                self.check_rows(cleaned["cart"], rows)
        return cleaned

    def check_rows(self, cart: str, rows: Sequence[Mapping[str, str]]) -> None:
        for line, row in enumerate(rows, 2):
            form = RequestForm({**row, "cart": cart}, settings=self.settings)
            if form.is_valid():
                self.checked.append(form)
                continue
            for name, errors in form.errors.items():
                label = str(COLUMNS.get(name, name))
                self.problems.append(Problem(line, f"{label}：{errors[0]}"))
        if self.problems:
            words = _(
                "%(count)sか所に誤りがあるため、1件も登録していません。直してから選び直してください。"
            )
            self.add_error("file", words % {"count": len(self.problems)})

    @property
    def shown_problems(self) -> list[Problem]:
        return self.problems[:MOST_PROBLEMS]


def read_rows(upload: UploadedFile) -> Iterator[dict[str, str]]:
    """Yield the rows by the names of our fields. Raise ValidationError for a file that is none of ours."""
    if (upload.size or 0) > MOST_BYTES:
        raise ValidationError(_("ファイルが大きすぎます。300件ごとに分けてください。"))
    raw = io.BytesIO(upload.read())
    text = raw.getvalue().decode(detect_encoding(raw))
    lines = list(csv.reader(io.StringIO(text)))
    if not lines:
        raise ValidationError(_("ファイルが空です。見本を確かめてください。"))
    names = match_headings(lines[0])
    rows = [line for line in lines[1:] if any(cell.strip() for cell in line)]
    if not rows or len(rows) > MOST_ROWS:
        raise ValidationError(
            _("%(count)s件あります。1件以上、300件までにしてください。")
            % {"count": len(rows)}
        )
    for line in rows:
        cells = dict(zip(names, map(strip_apostrophe, line), strict=False))
        yield {**cells, "kind": read_kind(cells.get("kind", ""))}


def match_headings(headings: Sequence[str]) -> list[str]:
    """Return our names of the columns, "" for one that is not ours. Raise ValidationError without 種類."""
    known = {str(label): name for name, label in COLUMNS.items()}
    found = [known.get(heading.strip(), "") for heading in headings]
    if "kind" not in found:
        raise ValidationError(
            _("「種類」の見出しがありません。見本を確かめてください。")
        )
    return found


def read_kind(text: str) -> str:
    """Return the kind that a cell names, by its word or its code; the cell itself for none."""
    words = {str(kind.label): kind.value for kind in Kind}
    return words.get(text.strip(), text.strip())


def build_sample() -> bytes:
    """Return a CSV with the headings and a row, as a spreadsheet opens it."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow([str(label) for label in COLUMNS.values()])
    sample = {"kind": Kind.CANCEL.label, "email": "hanako@example.jp"}
    writer.writerow([str(sample.get(name, "")) for name in COLUMNS])
    return target.getvalue().encode("utf-8-sig")
