"""What テンプレート can be narrowed by."""

from django.utils.translation import gettext_lazy

from console.filter_fields import SearchFilter
from console.filters import ListFilterSet


class TemplateFilters(ListFilterSet):
    q = SearchFilter(
        "name", "content__text", label=gettext_lazy("テンプレート名・本文で検索")
    )
