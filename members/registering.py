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
from members.usage.registry import register_attribute_user, register_tag_user


def register_tags() -> None:
    register_tag_user("segments", in_segments.USER)
    register_tag_user("jobs", in_jobs.USER)
    merge_tags.register()
    delete_tag.register()


def register_attributes() -> None:
    register_attribute_user("segments", in_conditions.uses)
    archive_attribute.register()
    panel = Panel(
        15,
        "attributes",
        _("会員情報"),
        "members/attributes/panel.html",
        panels_attributes.context,
    )
    register_panel(panel)
