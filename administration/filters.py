"""What the lists of 設定 can be narrowed by."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from administration.audit_texts import NOUNS
from console.filter_fields import (
    OperatorFilter,
    PeriodFilter,
    SearchFilter,
    SelectFilter,
)
from console.filters import ListFilterSet
from operators.models import AuditEntry, OperatorGroup
from operators.roles import Role


class MemberOfGroupFilter(OperatorFilter):
    """Groups that the operator is in; by a subquery, for a join would change how many people the list counts."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        found = super().filter(OperatorGroup.objects.all(), value)
        return rows.filter(pk__in=found.values("pk"))


class GroupFilters(ListFilterSet):
    q = SearchFilter("name", label=gettext_lazy("グループ名で検索"))
    operator = MemberOfGroupFilter(
        "seats__operator", label=gettext_lazy("オペレーター")
    )
    created = PeriodFilter("created_at", label=gettext_lazy("作成日"))


class OperatorFilters(ListFilterSet):
    q = SearchFilter(
        "operator__name",
        "operator__login_id",
        label=gettext_lazy("氏名・ログインIDで検索"),
    )
    role = SelectFilter("role", label=gettext_lazy("役割"), choices=Role.choices)
    state = SelectFilter(
        label=gettext_lazy("状態"),
        choices=[
            ("on", gettext_lazy("有効")),
            ("off", gettext_lazy("停止中")),
        ],
        queries={"on": Q(off_at=None), "off": Q(off_at__isnull=False)},
    )


class NounFilter(SelectFilter):
    """Lines about one kind of thing: an action's name begins with it."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(action__startswith=f"{value}.") if value else rows


class AuditFilters(ListFilterSet):
    q = SearchFilter("action", "target", label=gettext_lazy("操作・対象で検索"))
    noun = NounFilter(label=gettext_lazy("対象"), choices=list(NOUNS.items()))
    by = OperatorFilter(
        "operator", label=gettext_lazy("実行した人"), nobody=gettext_lazy("システム")
    )
    result = SelectFilter(
        "result", label=gettext_lazy("結果"), choices=AuditEntry.Result.choices
    )
    at = PeriodFilter("at", label=gettext_lazy("日付"))
