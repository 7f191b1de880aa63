from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self) -> None:
        from members import (  # noqa: F401  register bulk actions and fields
            bulking_members,
            bulking_optout,
            bulking_tags,
            carepanels,
            condition_attributes,
            condition_birthdays,
            condition_dates,
            condition_fields,
            condition_visits,
        )
        from members.exporting import running  # noqa: F401  the job that writes a file
        from members.importing import kinds  # noqa: F401  the jobs of an import
        from members.memberpage import register_pages
        from members.registering import register_attributes, register_tags
        from members.segmenting import register_with_groups

        register_pages()
        register_tags()
        register_attributes()
        register_with_groups()
