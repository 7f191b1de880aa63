from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from members.bulking_tags import STARTED
        from members.panels import Panel, Tab, register, register_tab
        from members.signals import members_tagged
        from members.uses import register_tag_user
        from messaging import condition_fields  # noqa: F401  registers the fields of conditions
        from messaging.enrolling import newly_tagged
        from messaging.panels import messages_of, messages_to, register_merging
        from messaging.tag_uses import USER
        from messaging.undoing import UNDONE

        register_merging()
        register_tab(Tab(50, "messages", _("メッセージ"), messages_to))
        register(Panel(50, "messages", _("メッセージ"), "messaging/member_panel.html", messages_of, tab="messages"))
        register_tag_user("messaging", USER)
        if UNDONE not in STARTED:
            STARTED.append(UNDONE)
        members_tagged.connect(newly_tagged, dispatch_uid="messaging.newly_tagged")
