"""What the tags and attributes of this app tell the registries, once, when it starts."""

from django.utils.translation import gettext_lazy as _

from members import archiving, attribute_panel, attribute_uses, job_tag_uses, segment_uses, tag_merging, tag_removing
from members.panels import Panel
from members.panels import register as register_panel
from members.uses import register_attribute_user, register_tag_user


def register_tags() -> None:
    register_tag_user("segments", segment_uses.USER)
    register_tag_user("jobs", job_tag_uses.USER)
    tag_merging.register()
    tag_removing.register()


def register_attributes() -> None:
    register_attribute_user("segments", attribute_uses.uses)
    archiving.register()
    panel = Panel(15, "attributes", _("会員情報"), "members/attributes/panel.html", attribute_panel.context)
    register_panel(panel)
