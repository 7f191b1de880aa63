"""``{% cell %}``: a value with its pencil. A list has hundreds of them, so each is made without a template."""

from functools import lru_cache
from typing import Any

from django import template
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from console.icons import draw_icon
from members.attributes.cells import Cell
from members.attributes.personal import show_personal

register = template.Library()
ATTRIBUTES = {"email": "contact clip", "phone": "nowrap"}


@lru_cache(1024)
def _build_url(prefix: str, name: str, places: int) -> str:
    """Return the URL of that name in the shop of this prefix, with a {} for each argument.

    Ids and fields need no quoting.
    """
    return reverse(name, args=["-place-"] * places).replace("-place-", "{}")


@register.simple_tag
def cell(
    cell: Cell, may_edit: bool, place: str = "", focused: bool = False
) -> SafeString:
    """Render a value with its pencil.

    ``place``: "list" in the list, where the name links to the member. ``focused``: the pencil takes the focus.
    """
    after = _render_pencil(cell, place, focused) if may_edit else ""
    return format_html(
        '<span class="cell" id="{}">{}{}</span>',
        cell.id,
        _render_value(cell, place),
        after,
    )


@register.simple_tag
def list_cell(value: Any, may_edit: bool) -> Any:
    """Render what a column of the list loaded: text, or cells that can be edited in place."""
    if isinstance(value, list):
        return mark_safe("".join(cell(each, may_edit, "list") for each in value))  # noqa: S308 - cells are escaped
    return cell(value, may_edit, "list") if isinstance(value, Cell) else value


def _render_value(cell: Cell, place: str) -> SafeString:
    if place == "list" and cell.field == "name":
        url = _build_url(get_script_prefix(), "members:detail", 1).format(
            cell.member.public_id
        )
        nameless = not (cell.member.name or cell.member.line_name)
        return format_html(
            '<a href="{}" class="lines-2">{}</a>',
            url,
            _("（名前なし）") if nameless else show_personal(cell.member),
        )
    classes = ATTRIBUTES.get(cell.field, "") if place == "list" else ""
    return format_html(
        '<span class="cell-value {}">{}</span>',
        classes,
        show_personal(cell.value, cell.field),
    )


def _render_pencil(cell: Cell, place: str, focused: bool) -> SafeString:
    label = _("%(field)sを編集：%(name)s") % {
        "field": cell.attribute.label,
        "name": show_personal(cell.member),
    }
    return format_html(
        '<a class="cell-edit" href="{0}" hx-get="{0}?in={1}" hx-target="closest .cell" hx-swap="outerHTML"'
        ' aria-label="{2}"{3}>{4}</a>',
        _build_url(get_script_prefix(), "members:cell", 2).format(
            cell.member.public_id, cell.field
        ),
        place,
        label,
        SafeString(" autofocus") if focused else "",
        draw_icon("pencil"),
    )
