"""What the help desk adds to the apps below."""

from helpdesk.connections import HELP_DESK
from helpdesk.screens import panel
from members.extension import MembersExtension
from messaging.extension import MessagingExtension

MEMBERS = MembersExtension("helpdesk", tabs=(panel.TAB,), panels=(panel.PANEL,))
MESSAGING = MessagingExtension("helpdesk", connections=(HELP_DESK,))
