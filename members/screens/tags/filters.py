"""What the list of tags can be narrowed by."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.filter_fields import Choices, PeriodFilter, SearchFilter, SelectFilter
from console.filters import ListFilterSet
from members.models import TagFolder
from members.normalize.names import normalize_label
from members.screens.tags.forms import COLOUR_NAMES, NO_FOLDER


def list_folders(request: HttpRequest) -> Choices:
    for folder in TagFolder.objects.order_by("position", "pk"):
        yield folder.public_id, folder.name
    yield NO_FOLDER, _("フォルダなし")


class TagSearchFilter(SearchFilter):
    """By name, whatever its width and case."""

    def find(self, text: str) -> Q:
        return Q(name_key__contains=normalize_label(text))


class FolderFilter(SelectFilter):
    """Tags of one folder, or of none."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return (
            rows.filter(folder=None)
            if value == NO_FOLDER
            else super().filter(rows, value)
        )


class TagFilters(ListFilterSet):
    tabs = ("folder",)

    q = TagSearchFilter(label=gettext_lazy("タグ名で検索"), max_length=100)
    folder = FolderFilter(
        "folder__public_id", label=gettext_lazy("フォルダ"), offer=list_folders
    )
    color = SelectFilter(label=gettext_lazy("色"), choices=COLOUR_NAMES)
    created = PeriodFilter("created_at", label=gettext_lazy("作成日"))
