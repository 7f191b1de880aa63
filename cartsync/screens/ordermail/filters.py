"""What 受信ログ can be narrowed by."""

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from console.filter_fields import Choices, PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from members.conditions.stored_search import MemberSearchFilter
from messaging.models import IncomingMail, Mailbox
from operators.masking import is_masked


def list_mailboxes(request: HttpRequest) -> Choices:
    return Mailbox.objects.order_by("name", "pk").values_list("public_id", "name")


class MailSearchFilter(MemberSearchFilter):
    """Mails with the text in them; for who sees people masked the whole sender or subject, or they could guess."""

    def find(self, text: str) -> Q:
        if is_masked():
            return Q(sender__iexact=text) | Q(subject=text)
        return super().find(text)


class MailFilters(ListFilterSet):
    tabs = ("state",)

    s = MailSearchFilter(
        "subject",
        "sender",
        "sender_name",
        "text",
        member=None,
        label=gettext_lazy("件名・送信元・本文"),
    )
    state = SelectFilter(label=gettext_lazy("状態"), choices=IncomingMail.State.choices)
    mailbox = SelectFilter(
        "mailbox__public_id",
        label=gettext_lazy("受信アカウント"),
        offer=list_mailboxes,
    )
    received = PeriodFilter("received_at", label=gettext_lazy("受信日"))
