from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from members.bulk.tags import UNDO_COUNTERS
        from members.imports.undo.touched_since import register_touched_by
        from members.screens.profile.registry import Panel, Tab, register, register_tab
        from members.segments.manage import SEGMENT_USAGE, register_segment_usage
        from members.signals import members_tagged
        from members.usage.registry import register_tag_usage
        from messaging import condition_fields  # noqa: F401  registers the fields of conditions
        from messaging.deliveries.undo import UNDO_COUNTER, find_messaged_members
        from messaging.scenarios.enroll import enrol_tagged_members
        from messaging.screens.member_panels import (
            build_messages_context,
            count_messages,
            register_merge_rules,
        )
        from messaging.usage.of_segments import list_segment_usage
        from messaging.usage.of_tags import TAG_USER

        register_merge_rules()
        register_tab(Tab(50, "messages", _("メッセージ"), count_messages))
        register(
            Panel(
                50,
                "messages",
                _("メッセージ"),
                "messaging/deliveries/member_panel.html",
                build_messages_context,
                tab="messages",
            )
        )
        register_tag_usage("messaging", TAG_USER)
        if list_segment_usage not in SEGMENT_USAGE:
            register_segment_usage(list_segment_usage)
        if UNDO_COUNTER not in UNDO_COUNTERS:
            UNDO_COUNTERS.append(UNDO_COUNTER)
        register_touched_by("messaging.Enrollment", lambda members: ())
        register_touched_by("messaging.Delivery", find_messaged_members)
        members_tagged.connect(
            enrol_tagged_members, dispatch_uid="messaging.newly_tagged"
        )
