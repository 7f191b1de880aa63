"""The orders of a mall or cart whose mails are read: nobody is asked, nothing is polled."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.base import Connector, Page, Resource, Window
from outbound.errors import GiveUp


class NoSettings(forms.Form):
    """It is set up by its masks."""


class OrderMails(Connector):
    label = _("注文メール")
    doc = "connectors.md"
    settings_form = NoSettings
    secret_fields = frozenset()
    capabilities = frozenset()
    keys = ()
    resources = ()
    sold_words = ""

    def read(self, resource: Resource, window: Window, cursor: str) -> Page:
        raise GiveUp("unsupported")

    def check(self) -> int | None:
        raise GiveUp("unsupported")
