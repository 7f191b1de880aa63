"""The form in which an operator chooses a tag or names a new one.

Its choices are read when it is made, in the shop's scope.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Tag
from members.normalize.names import normalize_label
from members.tags.names import clean_tag_name


class TagChoiceForm(forms.Form):
    """A tag that exists, or the name of a new one."""

    tag = forms.ChoiceField(label=gettext_lazy("タグ"), required=False)
    new_tag = forms.CharField(
        label=gettext_lazy("新しいタグ"),
        required=False,
        max_length=100,
        help_text=gettext_lazy(
            "一覧にないときは、ここに名前を入力すると作成されます。"
        ),
    )

    def __init__(self, *args: Any, may_make: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tags = {tag.public_id: tag for tag in Tag.objects.order_by("name")}
        choices = [(key, tag.name) for key, tag in self.tags.items()]
        self.fields["tag"].choices = [("", _("選んでください")), *choices]  # type: ignore[attr-defined]
        if not may_make:
            del self.fields["new_tag"]

    def clean_new_tag(self) -> str:
        name = self.cleaned_data["new_tag"]
        return clean_tag_name(name) if name else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [cleaned[name] for name in ("tag", "new_tag") if cleaned.get(name)]
        if not chosen and not self.errors:
            self.add_error(
                "tag",
                _(
                    "タグが選ばれていません。タグを選ぶか、新しいタグ名を入力してください。"
                ),
            )
        if len(chosen) == 2:
            self.add_error(
                "new_tag",
                _(
                    "タグと新しいタグの両方が入力されています。どちらか一方にしてください。"
                ),
            )
        return cleaned

    @property
    def meant(self) -> Tag | None:
        """The tag that the fields name so far, None when there is none; a typed name may be that of an existing tag."""
        if chosen := self.tags.get(str(self["tag"].value() or "")):
            return chosen
        key = (
            normalize_label(str(self["new_tag"].value() or ""))
            if "new_tag" in self.fields
            else ""
        )
        return (
            next((tag for tag in self.tags.values() if tag.name_key == key), None)
            if key
            else None
        )

    @property
    def existing(self) -> Tag | None:
        return self.tags.get(self.cleaned_data.get("tag", ""))
