from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self) -> None:
        from members import condition_attributes, condition_birthdays, condition_dates  # noqa: F401
        from members import condition_fields  # noqa: F401  registers the fields of conditions
        from members.exporting import running  # noqa: F401  the job that writes a file
        from members import bulking_members, bulking_tags  # noqa: F401, I001  register the bulk actions
        from members.registering import register_tags

        register_tags()
