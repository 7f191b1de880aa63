"""会員 › 個人情報の削除: what goes and what stays is said before."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from administration.erasure.job import start_erasing_member
from administration.erasure.person import find_person
from administration.erasure.rows import list_deliveries, list_orders, list_requests
from members.models import Member
from members.screens.profile.views import get_member_or_404
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_personal, require_right
from operators.roles import MANAGE


class ErasureForm(forms.Form):
    sure = forms.BooleanField(
        label=gettext_lazy(
            "本人からの請求であることを確認し、元に戻せないことを理解しました"
        )
    )


@require_right(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
@require_personal
@require_confirmation()
def erase_member(request: ShopRequest, public_id: str) -> HttpResponse:
    member = get_member_or_404(public_id)
    form = ErasureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        job = start_erasing_member(member, request.user)
        messages.success(request, _("会員を隠しました。個人情報の削除を続けています。"))
        return redirect("jobs:job", job.public_id)
    context = {"form": form, "member": member, **count_rows(member)}
    status = 422 if form.is_bound else 200
    return render(request, "administration/erasure/erase.html", context, status=status)


def count_rows(member: Member) -> dict[str, int]:
    """Return how much there is, for the page that asks."""
    person = find_person(member.pk)
    return {
        "merged": len(person.ids) - 1,
        "answers": person.submissions.count(),
        "sent": list_deliveries(person).count(),
        "customers": len(person.customers),
        "orders": list_orders(person).count(),
        "requests": list_requests(person).count(),
        "sharing": person.sharing,
    }
