from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from members.bulking_tags import STARTED
        from members.importing.touching import register_reached
        from members.panels import Panel, Tab, register, register_tab
        from members.segmenting import USES, register_uses
        from members.signals import members_tagged
        from members.uses import register_tag_user
        from messaging import condition_fields  # noqa: F401  registers the fields of conditions
        from messaging.enrolling import newly_tagged
        from messaging.panels import messages_of, messages_to, register_merging
        from messaging.segment_uses import uses
        from messaging.tag_uses import USER
        from messaging.undoing import UNDONE, written_to

        register_merging()
        register_tab(Tab(50, "messages", _("メッセージ"), messages_to))
        register(Panel(50, "messages", _("メッセージ"), "messaging/member_panel.html", messages_of, tab="messages"))
        register_tag_user("messaging", USER)
        if uses not in USES:
            register_uses(uses)
        if UNDONE not in STARTED:
            STARTED.append(UNDONE)
        register_reached("messaging.Enrollment", lambda members: ())
        register_reached("messaging.Delivery", written_to)
        members_tagged.connect(newly_tagged, dispatch_uid="messaging.newly_tagged")
