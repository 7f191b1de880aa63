"""What the tags and attributes of this app tell the registries, once, when it starts."""

from members import segment_uses, tag_merging, tag_removing
from members.uses import register_tag_user


def register_tags() -> None:
    register_tag_user("segments", segment_uses.USER)
    tag_merging.register()
    tag_removing.register()
