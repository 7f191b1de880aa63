"""設定 › ショップの削除: what goes and what stays is said before, and an owner may change their mind for some days."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from administration.shops.erase import (
    GRACE,
    find_deletion,
    request_deletion,
    withdraw_deletion,
)
from operators.login.confirm import require_confirmation
from operators.rights import ShopRequest, require_right
from operators.roles import MANAGE, Role


class DeletionForm(forms.Form):
    """The shop's ID, typed once more."""

    slug = forms.CharField(
        label=gettext_lazy("確認のため、ショップIDを入力してください"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-width": "m"}),
    )

    def __init__(self, *args: object, own_slug: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.own_slug = own_slug

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].strip()
        if slug != self.own_slug:
            raise ValidationError(
                _("ショップIDが違います。「%(slug)s」と入力してください。"),
                params={"slug": self.own_slug},
            )
        return slug


def refuse_others(request: ShopRequest) -> None:
    """Raise PermissionDenied for everybody but the shop's owners."""
    if request.seat.is_support or request.seat.role != Role.OWNER:
        raise PermissionDenied(
            _("ショップを削除できるのはオーナーだけです。オーナーに依頼してください。")
        )


@require_right(MANAGE, when_closed=True)
@require_http_methods(["GET", "HEAD", "POST"])
@require_confirmation()
def delete_shop(request: ShopRequest) -> HttpResponse:
    refuse_others(request)
    form = DeletionForm(request.POST or None, own_slug=request.tenant.slug)
    if form.is_bound and form.is_valid():
        try:
            request_deletion(request.tenant)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("ショップを閉じました。"))
            return redirect("administration:delete_shop")
    context = {
        "form": form,
        "deletes_at": find_deletion(request.tenant),
        "grace_days": GRACE.days,
    }
    status = 422 if form.is_bound else 200
    return render(request, "administration/shops/delete.html", context, status=status)


@require_right(MANAGE, when_closed=True)
@require_POST
def cancel_deletion(request: ShopRequest) -> HttpResponse:
    refuse_others(request)
    if withdraw_deletion(request.tenant):
        messages.success(
            request,
            _(
                "削除を取り消しました。送信は止まったままです。再開するには「全配信を止める」の画面で解除してください。"
            ),
        )
    return redirect("administration:delete_shop")
