"""一括タグ付け: tick rows, see how many and who, then one statement."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import tagging
from members.filtering import ListFilter
from members.forms import BulkTagForm
from members.models import Member, TagBatch
from members.views.listing import back_to_list
from tenants.access import EDIT, ShopRequest, needs

ASK_FROM = 1_000
ACTIONS = {"tag": tagging.tag, "untag": tagging.untag}


@dataclass
class Selection:
    """The members that the list's form means: those ticked, or all that its filter finds."""

    members: QuerySet[Member]
    ids: list[str]
    everybody: bool
    count: int

    @classmethod
    def of(cls, request: ShopRequest) -> "Selection":
        everybody = request.POST.get("scope") == "all"
        ids = [] if everybody else sorted(set(request.POST.getlist("ids")))
        members = ListFilter(request.GET).members() if everybody else Member.objects.filter(public_id__in=ids)
        return cls(members, ids, everybody, members.count())

    @property
    def problem(self) -> str:
        if not self.count:
            return _("会員が選択されていません。一覧で会員を選択してから、もう一度実行してください。")
        if not self.everybody and self.count != len(self.ids):
            return _("選択した会員の一部が見つかりません。一覧を読み込み直して、もう一度選択してください。")
        return ""

    def sample(self) -> list[Member]:
        return list(self.members.order_by("-created_at", "-pk")[:5])


@needs(EDIT)
@require_POST
def bulk(request: ShopRequest) -> HttpResponse:
    """The first POST asks for the tag and shows the effect; the second, with ``confirm``, does it."""
    selection = Selection.of(request)
    action = request.POST.get("action", "")
    if action not in ACTIONS or selection.problem:
        messages.error(request, selection.problem or _("操作を読み取れません。一覧からやり直してください。"))
        return back_to_list(request.GET)
    form = BulkTagForm(
        request.POST if "confirm" in request.POST else None,
        count=selection.count, ask=selection.count > ASK_FROM, may_make=action == "tag",
        initial={"expected": selection.count},
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        tag = form.existing or tagging.tag_named(form.cleaned_data["new_tag"])
        batch = ACTIONS[action](tag, selection.members, TagBatch.Source.OPERATOR, request.user)
        messages.success(request, told(batch, selection.count))
        return back_to_list(request.GET)
    if form.is_bound:
        form.data = {**request.POST.dict(), "expected": str(selection.count)}  # the next try means today's number
    context = {"form": form, "selection": selection, "action": action, "ask_from": ASK_FROM}
    return render(request, "members/bulk.html", context, status=422 if form.is_bound else 200)


def told(batch: TagBatch, count: int) -> str:
    words = {"tag": batch.tag.name, "count": f"{batch.count:,}", "rest": f"{count - batch.count:,}"}
    if batch.action == TagBatch.Action.ADD:
        done = _("タグ「%(tag)s」を会員%(count)s件に付けました。") % words
        return done + (_("%(rest)s件にはすでに付いていました。") % words if count > batch.count else "")
    done = _("タグ「%(tag)s」を会員%(count)s件から外しました。") % words
    return done + (_("%(rest)s件には付いていませんでした。") % words if count > batch.count else "")
