"""What the tags and attributes of this app tell the registries, once, when it starts."""

from django.utils.translation import gettext_lazy as _

from members.screens.profile import panels_attributes
from members.screens.profile.registry import Panel
from members.screens.profile.registry import register as register_panel
from members.usage import (
    archive_attribute,
    delete_tag,
    in_conditions,
    in_jobs,
    in_segments,
    merge_tags,
)
from members.usage.registry import register_attribute_usage, register_tag_usage


def register_tags() -> None:
    register_tag_usage("segments", in_segments.TAG_USAGE)
    register_tag_usage("jobs", in_jobs.TAG_USAGE)
    merge_tags.register()
    delete_tag.register()


def register_attributes() -> None:
    register_attribute_usage("segments", in_conditions.find_attribute_usage_in_segments)
    archive_attribute.register()
    panel = Panel(
        15,
        "attributes",
        _("会員情報"),
        "members/attributes/panel.html",
        panels_attributes.build_attributes_context,
    )
    register_panel(panel)
