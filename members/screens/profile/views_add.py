"""会員を追加."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members.attributes.definitions import get_archived_keys
from members.identity.create import add_member, find_similar_members
from members.identity.member_limit import MemberLimitReached
from members.models import Member
from members.normalize.birthdays import NO_BIRTHDAY
from members.screens.profile.forms import NewMemberForm
from members.tags.names import get_or_create_tag
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ShopRequest) -> HttpResponse:
    """Add a member; similar members are shown first, and the form remembers whom the operator has seen."""
    form = NewMemberForm(request.POST or None)
    if not form.is_valid():
        return render(
            request,
            "members/profile/add.html",
            {"form": form},
            status=422 if form.is_bound else 200,
        )
    values = form.cleaned_data
    who = {name: values.get(name, "") for name in ("name", "email", "phone")}
    similar = find_similar_members(**who)
    seen = " ".join(each.member.public_id for each in similar)
    if similar and values["sure"] != seen:
        form.data = data = request.POST.copy()
        data["sure"] = seen
        context = {"form": form, "similar": similar, "hidden": get_archived_keys()}
        return render(request, "members/profile/add.html", context, status=422)
    try:
        member = add_member_with_tags(request, form)
    except MemberLimitReached as full:
        form.add_error(None, str(full))
        return render(request, "members/profile/add.html", {"form": form}, status=422)
    messages.success(request, _("会員を追加しました。"))
    return redirect("members:detail", member.public_id)


@transaction.atomic
def add_member_with_tags(request: ShopRequest, form: NewMemberForm) -> Member:
    """Add the member, together with the tag that was named for it.

    In one transaction: the new tag is rolled back when there is no room for the member.
    """
    values = form.cleaned_data
    tags = form.chosen_tags + (
        [get_or_create_tag(values["new_tag"])] if values["new_tag"] else []
    )
    who = {name: values.get(name, "") for name in ("name", "email", "phone")}
    birthday = values.get("birthday", NO_BIRTHDAY)
    return add_member(
        request.user, **who, birthday=birthday, tags=tags, note=values["note"]
    )
