from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self) -> None:
        from console.extension import ConsoleExtension, extend_console
        from members.bulk import members, optout, tags  # noqa: F401  register bulk actions
        from members.conditions import (  # noqa: F401  register fields
            fields,
            fields_attributes,
            fields_birthday,
            fields_dates,
            fields_visits,
        )
        from members.exports import job  # noqa: F401  the job that writes a file
        from members.imports.load import jobs  # noqa: F401  the jobs of an import
        from members.registering import register_attributes, register_tags
        from members.screens.profile import panels_care  # noqa: F401  registers panels
        from members.screens.profile.panels import register_member_panels
        from members.segments.manage import register_segments_with_groups

        extend_console(ConsoleExtension("members", search="members:search"))
        register_member_panels()
        register_tags()
        register_attributes()
        register_segments_with_groups()
