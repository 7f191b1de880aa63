"""How forms look: ``{{ form }}`` gives the error summary and the fields of the kit."""

from enum import StrEnum
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting


class KitRenderer(TemplatesSetting):
    form_template_name = "kit/form.html"
    field_template_name = "kit/field.html"


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class DateTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class Switch(forms.CheckboxInput):
    """A checkbox that reads as on or off."""

    template_name = "kit/switch.html"


class SegmentedSelect(forms.RadioSelect):
    """One of two to four short choices, side by side."""

    template_name = "kit/segmented.html"


class Need(StrEnum):
    """What a field says beside its label about whether it must be filled in."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    SILENT = ""


def mark_needs(form: forms.BaseForm, **needs: Need) -> None:
    """Say of these fields by name what Django cannot know: that the form itself asks for them, when they are shown."""
    for name, need in needs.items():
        if name in form.fields:
            form.fields[name].need = need  # type: ignore[attr-defined]


def find_need(field: forms.BoundField) -> str:
    """Return what is said of the field: what the form marked, else whether Django requires it."""
    needs = Need.REQUIRED if field.field.required else Need.OPTIONAL
    return str(getattr(field.field, "need", needs))


WIDTHS = {
    "number": "xs",
    "date": "s",
    "time": "xs",
    "datetime-local": "m",
    "tel": "m",
    "email": "l",
    "url": "l",
}


def choose_field_width(field: forms.BoundField) -> str:
    """Return how wide the field is: "xs", "s", "m", "l" or "full", by what is typed into it.

    ``data-width`` on the widget wins.
    """
    widget = field.field.widget
    if chosen := widget.attrs.get("data-width"):
        return str(chosen)
    if isinstance(
        widget, forms.Textarea | forms.RadioSelect | forms.CheckboxSelectMultiple
    ):
        return "full"
    if (kind := getattr(widget, "input_type", "")) in WIDTHS:
        return WIDTHS[kind]
    length = getattr(field.field, "max_length", None) or 100
    return "s" if length <= 12 else "m" if length <= 40 else "l"


def group_fields(form: forms.BaseForm) -> list[tuple[object, list[forms.BoundField]]]:
    """Return the visible fields under their legends, as pairs (legend, fields).

    A form may declare ``groups = ((_("配送"), ("zip", "city")), …)``; fields that it does not name come first,
    under "".
    """
    declared = getattr(form, "groups", ())
    named = {name for _, names in declared for name in names}
    loose = [field for field in form.visible_fields() if field.name not in named]
    groups: list[tuple[object, list[forms.BoundField]]] = [("", loose)] if loose else []
    return groups + [
        (legend, [form[name] for name in names if name in form.fields])
        for legend, names in declared
    ]
