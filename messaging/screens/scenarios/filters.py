"""What ステップメッセージ, and who came into one, can be narrowed by."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from console.filter_fields import Choices, SearchFilter, SelectFilter, SwitchFilter
from console.filters import ListFilterSet
from members.conditions.stored_search import MemberSearchFilter
from members.models import Member, Tag
from messaging.models import Trigger
from messaging.scenarios.people import LABELS, QUERIES
from messaging.screens.deliveries.filters import list_accounts


def list_trigger_tags(request: HttpRequest) -> Choices:
    """Return only the tags that start something."""
    starts = Trigger.objects.filter(role=Trigger.Role.START, kind="tag_added")
    used = starts.values("tag_id")
    tags = Tag.objects.filter(pk__in=used).order_by("name_key", "pk")
    return tags.values_list("public_id", "name")


class ScenarioFilters(ListFilterSet):
    q = SearchFilter("name", label=gettext_lazy("メッセージ管理名で検索"))
    on = SwitchFilter(
        "is_on",
        label=gettext_lazy("ステータス"),
        on=gettext_lazy("オン"),
        off=gettext_lazy("オフ"),
    )
    tag = SelectFilter(
        "triggers__tag__public_id",
        label=gettext_lazy("トリガータグ"),
        offer=list_trigger_tags,
    )
    account = SelectFilter(
        "account__public_id",
        label=gettext_lazy("LINEアカウント"),
        offer=list_accounts,
    )


class PeopleFilters(ListFilterSet):
    tabs = ("state",)

    s = MemberSearchFilter(
        member="", label=gettext_lazy("会員の氏名・メール・電話番号")
    )
    state = SelectFilter(
        label=gettext_lazy("状態"), choices=list(LABELS.items()), queries=QUERIES
    )
    linked = SelectFilter(
        "link_state",
        label=gettext_lazy("連携状態"),
        choices=Member.LinkState.choices,
    )
