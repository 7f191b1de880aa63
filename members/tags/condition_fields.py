"""The two lines 「次のタグ…を含む会員」 and 「次のタグ…を含まない会員」, for any form (members/tag_condition.html)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms import SegmentedSelect
from members.models import Tag
from members.tags.names import clean_tag_name, get_or_create_tag

MODES = [("all", _("すべて")), ("any", _("いずれか"))]
# Line and mode → operator of the condition.
OPS = {
    ("with", "all"): "has_all",
    ("with", "any"): "has_any",
    ("without", "all"): "has_none",
    ("without", "any"): "lacks_any",
}


def _build_mode_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("条件"),
        choices=MODES,
        required=False,
        initial="all",
        widget=SegmentedSelect,
    )


def _build_tags_field(label: Any) -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple(attrs={"class": "tag-choices"})
    return forms.MultipleChoiceField(label=label, required=False, widget=widget)


class NewTagField(forms.CharField):
    """The name of a tag that is made when the form is saved."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("新しいタグ"), required=False, max_length=100, **options
        )

    def clean(self, value: Any) -> str:
        name = super().clean(value)
        return clean_tag_name(name) if name else ""


class TagConditionFields(forms.Form):
    """Mixin for a form. Its fields hold public ids of tags; the condition holds their primary keys."""

    with_tags = _build_tags_field(_("次のタグを含む会員"))
    new_with_tag = NewTagField()
    with_mode = _build_mode_field()
    without_tags = _build_tags_field(_("次のタグを含まない会員"))
    new_without_tag = NewTagField()
    without_mode = _build_mode_field()
    tag_lines = ("with", "without")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tags_by_key = {tag.public_id: tag for tag in Tag.objects.order_by("name")}
        for line in self.tag_lines:
            field: Any = self.fields[f"{line}_tags"]
            field.choices = [(key, tag.name) for key, tag in self.tags_by_key.items()]

    def tag_leaves(self) -> dict[str, dict[str, Any]]:
        """Return line → leaf of a condition, for the lines in which tags are chosen.

        The form must be valid. Tags that are named as new are made.
        """
        found = {}
        for line in self.tag_lines:
            ids = [
                self.tags_by_key[key].pk for key in self.cleaned_data[f"{line}_tags"]
            ]
            if name := self.cleaned_data[f"new_{line}_tag"]:
                ids = list(dict.fromkeys([*ids, get_or_create_tag(name).pk]))
            if ids:
                op = OPS[line, self.cleaned_data[f"{line}_mode"] or "all"]
                found[line] = {"field": "tag", "op": op, "value": ids}
        return found

    def tag_condition(self) -> dict[str, Any]:
        """Return the two lines as a condition (members/conditions/tree.py)."""
        return {"all": list(self.tag_leaves().values())}

    @staticmethod
    def tag_initial(condition: Any) -> dict[str, Any]:
        """Return the initial values of the four fields for a condition that ``tag_condition`` made."""
        initial: dict[str, Any] = {}
        names = {op: line_mode for line_mode, op in OPS.items()}
        for leaf in (condition or {}).get("all", []):
            if leaf.get("field") == "tag":
                line, chosen = names[leaf["op"]]
                keys = Tag.objects.filter(pk__in=leaf["value"]).values_list(
                    "public_id", flat=True
                )
                initial |= {f"{line}_tags": list(keys), f"{line}_mode": chosen}
        return initial
