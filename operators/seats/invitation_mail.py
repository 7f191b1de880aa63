"""The mail that invites somebody into a shop, through the installation's own relay."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from operators.models import AccessCode
from operators.seats.access_codes import LIFETIMES, build_code_path
from tenants.models import Tenant


def send_invitation_mail(slug: str, by: str, name: str, email: str, code: str) -> None:
    """Mail the link of an invitation; whether the code still works is asked when it is used."""
    shop = Tenant.objects.get(slug=slug)
    text = render_to_string(
        "account/email/invite.txt",
        {
            "name": name,
            "by": by,
            "shop": shop.name,
            "url": f"{settings.SITE_URL}{build_code_path(shop, code)}",
            "days": LIFETIMES[AccessCode.Kind.INVITE].days,
            "support": settings.SUPPORT_EMAIL,
        },
    )
    EmailMessage(
        _("【Tsunagi】%(shop)sへの招待") % {"shop": shop.name},
        text,
        settings.DEFAULT_FROM_EMAIL,
        [email],
    ).send()
