"""カート連携 › 注文メール › 受信ログ: every mail that came, and what became of it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cartsync.models import OrderMail
from cartsync.ordermail.events import list_runs_of_order
from cartsync.screens.ordermail.filters import MailFilters
from cartsync.screens.ordermail.tabs import list_tabs
from cartsync.screens.ordermail.trial import (
    describe_mail,
    describe_order_mail,
    describe_subject,
    list_field_names,
    split_missing,
)
from console.pager import paginate_rows
from members.conditions.stored_search import save_search
from messaging.models import IncomingMail
from operators.masking import is_masked
from operators.rights import ShopRequest, require_right
from operators.roles import SETTINGS, VIEW


@require_right(VIEW)
@save_search
@require_safe
def mails(request: ShopRequest) -> HttpResponse:
    rows = IncomingMail.objects.select_related("mailbox").defer("text")
    filters = MailFilters(request, rows)
    page = paginate_rows(filters.qs, request.GET, order=["-received_at"])
    read = {
        row.mail_id: row
        for row in OrderMail.objects.filter(mail__in=[mail.pk for mail in page.rows])
    }
    for mail in page.rows:
        mail.outcome = describe_mail(mail, read.get(mail.pk))
        mail.title = describe_subject(mail)
    current = filters.chosen.get("state", "")
    states = [("", _("すべて")), *IncomingMail.State.choices]
    context = {
        "page": page,
        "filters": filters,
        "pages": list_tabs("cartsync:mails"),
        "tabs": [
            {
                "label": label,
                "url": filters.url_with(state=key),
                "current": key == current,
                "count": None,
            }
            for key, label in states
        ],
    }
    return render(request, "cartsync/ordermail/log.html", context)


@require_right(VIEW)
@require_safe
def mail(request: ShopRequest, public_id: str) -> HttpResponse:
    rows = IncomingMail.objects.select_related("mailbox")
    found = get_object_or_404(rows, public_id=public_id)
    read = OrderMail.objects.select_related("mask", "order").filter(mail=found).first()
    context = {
        "read": read,
        "fields": describe_order_mail(read) if read else [],
        "missing": list_field_names(split_missing(read.missing)) if read else "",
        "mail": found,
        "title": describe_subject(found),
        "masked": is_masked(),
        "outcome": describe_mail(found, read),
        "runs": list_runs_of_order(read.order_id) if read and read.order_id else [],
        "bounce": found.bounces.select_related("delivery").first(),
        "may_make_mask": request.seat.can(SETTINGS) and not is_masked(),
    }
    return render(request, "cartsync/ordermail/mail.html", context)
