"""Change the rules by which mails are divided among the shop's accounts."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from messaging.models import MailAccount, MailRoute
from operators import audit

# The masked addresses of buyers at 楽天市場; pc.… and mb.… lie below it.
RAKUTEN_DOMAIN = "fw.rakuten.ne.jp"
DOMAIN = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
MOST_ROUTES = 100


def clean_domain(text: str) -> str:
    """Return the domain of an address or of what was typed, in lower case and ASCII. Raise ValidationError."""
    typed = text.strip().rpartition("@")[2].strip(".").lower()
    try:
        domain = typed.encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not DOMAIN.fullmatch(domain):
        raise ValidationError(
            _("ドメインを読み取れません。例：docomo.ne.jp"), code="domain"
        )
    return domain


def list_mail_routes() -> list[MailRoute]:
    rows = MailRoute.objects.select_related("account__sender")
    return list(rows.order_by("position", "pk"))


def count_routes(but: str = "") -> int:
    """Return how many rules there are besides the one for the domain ``but``, which may get another account."""
    return MailRoute.objects.exclude(domain=but).count()


@transaction.atomic
def save_mail_route(domain: str, account: MailAccount) -> MailRoute:
    """Let the account write to this domain; a new rule is the last. What is booked goes by it too, when it is due."""
    last = MailRoute.objects.aggregate(Max("position"))["position__max"]
    route, _made = MailRoute.objects.update_or_create(
        domain=domain,
        defaults={"account": account},
        create_defaults={"account": account, "position": (last or 0) + 1},
    )
    audit.record_action("mailroute.saved", route, domain=domain, account=account.pk)
    return route


@transaction.atomic
def move_mail_route(route: MailRoute, up: bool) -> None:
    """Move a rule one place up or down: of two that fit, the upper one counts."""
    rows = list(MailRoute.objects.select_for_update().order_by("position", "pk"))
    at = [row.pk for row in rows].index(route.pk)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(rows):
        return
    rows[at], rows[other] = rows[other], rows[at]
    for position, row in enumerate(rows, 1):
        row.position = position
    MailRoute.objects.bulk_update(rows, ["position"])
    audit.record_action("mailroute.moved", route, domain=route.domain, up=up)


@transaction.atomic
def delete_mail_route(route: MailRoute) -> None:
    audit.record_action("mailroute.deleted", route, domain=route.domain)
    route.delete()


@transaction.atomic
def choose_default_account(account: MailAccount) -> None:
    """Let the account write to everybody for whom no rule says otherwise."""
    MailAccount.objects.filter(is_default=True).exclude(pk=account.pk).update(
        is_default=False
    )
    MailAccount.objects.filter(pk=account.pk).update(is_default=True)
    audit.record_action("mailaccount.default_chosen", account)
