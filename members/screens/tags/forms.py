"""Forms of the tag pages."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.listing.confirm_count import CountForm
from members.models import Tag, TagFolder
from members.normalize.names import normalize_label
from members.normalize.text import normalize_text
from members.tags.names import COLOURS, clean_tag_name

COLOUR_NAMES = [
    ("grey", gettext_lazy("灰")), ("red", gettext_lazy("赤")), ("orange", gettext_lazy("橙")),
    ("yellow", gettext_lazy("黄")), ("green", gettext_lazy("緑")), ("teal", gettext_lazy("青緑")),
    ("blue", gettext_lazy("青")), ("purple", gettext_lazy("紫")), ("pink", gettext_lazy("桃")),
]  # fmt: skip
SORTS = {
    "name": ("name", "pk"), "-name": ("-name", "-pk"),
    "tagged_count": ("tagged_count", "name", "pk"), "-tagged_count": ("-tagged_count", "name", "pk"),
    "created": ("created_at", "pk"), "-created": ("-created_at", "-pk"),
}  # fmt: skip
NO_FOLDER = "none"


class FolderChoice(forms.ChoiceField):
    """A folder by its public id; the cleaned value is the row, None for none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label=gettext_lazy("フォルダ"), required=False, **options)

    def read(self) -> None:
        """Load the folders of the shop. Called when the form is made, inside the shop's scope."""
        self.rows = {
            folder.public_id: folder
            for folder in TagFolder.objects.order_by("position", "pk")
        }
        self.choices = [
            ("", _("フォルダなし")),
            *((key, folder.name) for key, folder in self.rows.items()),
        ]

    def clean(self, value: Any) -> Any:
        return self.rows.get(super().clean(value))


class TagForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("タグ名"), max_length=100)
    color = forms.ChoiceField(
        label=gettext_lazy("色"), choices=COLOUR_NAMES, initial=COLOURS[0]
    )
    folder = FolderChoice()
    description = forms.CharField(
        label=gettext_lazy("説明"), required=False, max_length=200
    )

    def __init__(self, *args: Any, tag: Tag | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tag = tag
        self.fields["folder"].read()  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(tag: Tag) -> dict[str, Any]:
        folder = tag.folder.public_id if tag.folder else ""
        return {
            "name": tag.name,
            "color": tag.color,
            "description": tag.description,
            "folder": folder,
        }

    def clean_name(self) -> str:
        name = clean_tag_name(self.cleaned_data["name"])
        same = Tag.objects.filter(name_key=normalize_label(name)).first()
        if same and same != self.tag:
            raise ValidationError(
                _(
                    "同じ名前のタグ「%(name)s」があります。別の名前にするか、そのタグを使ってください。"
                )
                % {"name": same.name}
            )
        return name


class TagMergeForm(CountForm):
    """Which of the chosen tags stays."""

    survivor = forms.ChoiceField(
        label=gettext_lazy("残すタグ"), widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, tags: Sequence[Tag], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tags = {tag.public_id: tag for tag in tags}
        choices = [(key, tag.name) for key, tag in self.tags.items()]
        self.fields["survivor"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Tag:
        return self.tags[self.cleaned_data["survivor"]]


class FolderForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("フォルダ名"), max_length=60)

    def __init__(
        self, *args: Any, folder: TagFolder | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.folder = folder

    def clean_name(self) -> str:
        name = " ".join(normalize_text(self.cleaned_data["name"]).split())
        same = TagFolder.objects.filter(name=name).first()
        if not name:
            raise ValidationError(
                _("フォルダ名が入力されていません。フォルダ名を入力してください。")
            )
        if same and same != self.folder:
            raise ValidationError(
                _("同じ名前のフォルダがあります。別の名前にしてください。")
            )
        return name


class TagMoveForm(forms.Form):
    """The folder to put tags into: one that exists, or a new one."""

    folder = FolderChoice()
    new_folder = forms.CharField(
        label=gettext_lazy("新しいフォルダ"), required=False, max_length=60
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["folder"].read()  # type: ignore[attr-defined]

    def clean_new_folder(self) -> str:
        return " ".join(normalize_text(self.cleaned_data["new_folder"]).split())
