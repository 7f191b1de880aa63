"""What キーワード応答 can be narrowed by."""

from django.utils.translation import gettext_lazy

from console.filter_fields import SearchFilter, SwitchFilter
from console.filters import ListFilterSet


class KeywordFilters(ListFilterSet):
    q = SearchFilter("word", label=gettext_lazy("キーワードで検索"))
    on = SwitchFilter(
        "is_on",
        label=gettext_lazy("ステータス"),
        on=gettext_lazy("オン"),
        off=gettext_lazy("オフ"),
    )
