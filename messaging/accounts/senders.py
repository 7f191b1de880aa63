"""Which sender a message goes out from when nobody says so."""

from messaging.accounts.routes import load_mail_routes
from messaging.models import Sender
from tenants.models import Tenant


class NoSender(Exception):
    """The shop has nothing to send this by. ``channel`` says what is missing."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)
        self.channel = channel


def get_relay_sender(tenant: Tenant) -> Sender:
    """Return the sender of the installation's own mail server, which every shop has."""
    relay, _made = Sender.objects.get_or_create(
        tenant=tenant, is_relay=True, defaults={"kind": Sender.Kind.MAIL}
    )
    return relay


def find_shop_sender(channel: str, address: str = "") -> Sender:
    """Return the shop's sender for this channel ("line" or "mail"). Raise NoSender when it has none that is active.

    A mail goes by the rule for ``address``, else from the default account.
    """
    active = {f"{channel}__is_active": True}
    rows = Sender.objects.filter(kind=channel, **active)
    if channel == Sender.Kind.MAIL:
        ruled = load_mail_routes().find_sender(address)
        if ruled and (sender := Sender.objects.filter(pk=ruled).first()):
            if rows.exists():
                return sender
            raise NoSender(channel)
    sender = rows.order_by("pk").first()
    if not sender:
        raise NoSender(channel)
    return sender
