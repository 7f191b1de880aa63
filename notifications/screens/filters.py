"""What お知らせ can be narrowed by."""

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from console.filter_fields import Choices, PeriodFilter, SelectFilter
from console.filters import ListFilterSet
from operators.notify import list_notice_kinds


def list_kind_choices(request: HttpRequest) -> Choices:
    return [(kind.name, str(kind.label)) for kind in list_notice_kinds()]


class NoticeFilters(ListFilterSet):
    tabs = ("state",)

    state = SelectFilter(
        label=gettext_lazy("状態"),
        choices=[("unread", gettext_lazy("未読"))],
        queries={"unread": Q(read_at=None)},
    )
    kind = SelectFilter(
        "notice__kind", label=gettext_lazy("種類"), offer=list_kind_choices
    )
    at = PeriodFilter("due_at", label=gettext_lazy("日時"))
