"""A list's search for members: what is typed is saved on the server, and the URL carries its random key."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from console.filter_fields import SearchFilter
from console.filters import PAGE
from members.conditions.search import (
    build_search_q,
    cache_searches,
    get_search_text,
    save_search_text,
)
from members.models import Member
from operators.rights import ShopRequest

# The name of the key in the URL, as on the member list.
KEY = "s"
FORGOTTEN = gettext_lazy(
    "検索した言葉の保存期間が過ぎました。もう一度入力して検索してください。"
)
V = TypeVar("V", bound=Callable[..., HttpResponseBase])


class StoredTextField(forms.CharField):
    """Turns the key of a text into the text."""

    def clean(self, value: Any) -> str:
        key = super().clean(value)
        text = get_search_text(key)
        if key and not text:
            raise ValidationError(FORGOTTEN, code="forgotten")
        return text


class MemberSearchFilter(SearchFilter):
    """Rows of a member whom the text finds as on the member list, or with the text in one of ``columns``.

    ``member``: the way to the member from a row, "" where the rows are members.
    """

    field_class = StoredTextField
    is_posted = True

    def __init__(
        self, *columns: str, member: str | None = "member", label: str | Promise
    ) -> None:
        super().__init__(*columns, label=label)
        self.member = member

    def find(self, text: str) -> Q:
        found = super().find(text)
        if self.member is None:
            return found
        if not self.member:
            return found | build_search_q(text)
        members = Member.objects.filter(build_search_q(text))
        return found | Q((f"{self.member}__in", members.values("pk")))


def save_search(view: V) -> V:
    """Let a list take its search by POST. A list of one thing looks first whether that is there, and does it itself."""

    @functools.wraps(view)
    def answer(request: ShopRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            with cache_searches():
                return view(request, *args, **kwargs)
        return redirect_to_search(request)

    return answer  # type: ignore[return-value]


def redirect_to_search(request: ShopRequest) -> HttpResponse:
    """Save the text that was sent, and lead back to the list by its key; an empty text takes the search off."""
    query = request.GET.copy()
    for name in (KEY, *PAGE):
        query.pop(name, None)
    if key := save_search_text(request.POST.get("q", "")):
        query[KEY] = key
    return redirect(f"{request.path}?{query.urlencode()}")
