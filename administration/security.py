"""設定 › ログインの安全: which roles work here only with a second factor, and who has one."""

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from operators.login.confirm import require_confirmation
from operators.login.factors import FACTORS, has_second_factor
from operators.models import Seat
from operators.rights import ShopRequest, require_right
from operators.roles import MANAGE, Role
from operators.seats.second_factor import require_factor_of


class FactorRuleForm(forms.Form):
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("二段階認証を必須にする役割"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "必須にすると、まだ登録していない方は、次の操作から登録の画面に案内されます。"
        ),
    )


@require_right(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
@require_confirmation()
def edit_security(request: ShopRequest) -> HttpResponse:
    initial = {"roles": request.tenant.second_factor_roles}
    form = FactorRuleForm(
        request.POST if request.method == "POST" else None, initial=initial
    )
    if form.is_bound and form.is_valid():
        try:
            roles = [Role(role) for role in form.cleaned_data["roles"]]
            require_factor_of(request.seat, roles)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("保存しました。次の操作から反映されます。"))
            return redirect("administration:security")
    context = {
        "form": form,
        "counts": count_factors(),
        "has_own": has_second_factor(request.user),
    }
    status = 422 if form.is_bound else 200
    return render(request, "administration/security.html", context, status=status)


def count_factors() -> list[dict[str, Any]]:
    """Return for each role how many operators work here, and how many of them have a second factor."""
    seats = Seat.objects.filter(off_at=None, expires_at=None).values_list(
        "role", "operator_id"
    )
    having = set(
        Authenticator.objects.filter(
            type__in=FACTORS, user_id__in=[pk for _role, pk in seats]
        ).values_list("user_id", flat=True)
    )
    return [
        {
            "role": role.label,
            "all": sum(1 for each, _pk in seats if each == role),
            "having": sum(1 for each, pk in seats if each == role and pk in having),
        }
        for role in Role
    ]
