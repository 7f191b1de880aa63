from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from members.bulk.tags import STARTED
        from members.imports.undo.touched_since import register_reached
        from members.screens.profile.registry import Panel, Tab, register, register_tab
        from members.segments.manage import USES, register_uses
        from members.signals import members_tagged
        from members.usage.registry import register_tag_user
        from messaging import condition_fields  # noqa: F401  registers the fields of conditions
        from messaging.deliveries.undo import UNDONE, written_to
        from messaging.scenarios.enroll import newly_tagged
        from messaging.screens.member_panels import (
            messages_of,
            messages_to,
            register_merging,
        )
        from messaging.usage.of_segments import uses
        from messaging.usage.of_tags import USER

        register_merging()
        register_tab(Tab(50, "messages", _("メッセージ"), messages_to))
        register(
            Panel(
                50,
                "messages",
                _("メッセージ"),
                "messaging/deliveries/member_panel.html",
                messages_of,
                tab="messages",
            )
        )
        register_tag_user("messaging", USER)
        if uses not in USES:
            register_uses(uses)
        if UNDONE not in STARTED:
            STARTED.append(UNDONE)
        register_reached("messaging.Enrollment", lambda members: ())
        register_reached("messaging.Delivery", written_to)
        members_tagged.connect(newly_tagged, dispatch_uid="messaging.newly_tagged")
