"""カート連携 › 注文メール › 解析マスク."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from cartsync.models import OrderMailMask
from cartsync.ordermail.masks import (
    copy_mask,
    delete_mask,
    export_masks,
    import_masks,
    save_mask,
)
from cartsync.ordermail.presets import BY_KEY, PRESETS
from cartsync.screens.ordermail.forms_mask import (
    ImportForm,
    MaskForm,
    build_initial,
    fill_from_values,
)
from cartsync.screens.ordermail.tabs import list_tabs
from cartsync.screens.ordermail.trial import try_mask
from messaging.models import IncomingMail
from operators.rights import ShopRequest, require_personal, require_right
from operators.roles import SETTINGS, VIEW

METHODS = ["GET", "HEAD", "POST"]


@require_right(VIEW)
@require_safe
def masks(request: ShopRequest) -> HttpResponse:
    context = {
        "masks": OrderMailMask.objects.order_by("name", "pk"),
        "presets": PRESETS,
        "pages": list_tabs("cartsync:masks"),
        "may_change": request.seat.can(SETTINGS),
    }
    return render(request, "cartsync/ordermail/masks.html", context)


@require_right(SETTINGS)
@require_personal
@require_http_methods(METHODS)
def mask_new(request: ShopRequest) -> HttpResponse:
    preset = BY_KEY.get(request.GET.get("preset", ""))
    asked = request.GET.get("mail", "")
    mail = get_object_or_404(IncomingMail.objects, public_id=asked) if asked else None
    instance = OrderMailMask(preset=preset.key if preset else "")
    return answer_form(request, instance, build_initial(preset, mail))


@require_right(SETTINGS)
@require_personal
@require_http_methods(METHODS)
def mask(request: ShopRequest, public_id: str) -> HttpResponse:
    return answer_form(request, get_mask_or_404(public_id), {})


def get_mask_or_404(public_id: str) -> OrderMailMask:
    found: OrderMailMask = get_object_or_404(OrderMailMask.objects, public_id=public_id)
    return found


def answer_form(
    request: ShopRequest, instance: OrderMailMask, initial: dict[str, object]
) -> HttpResponse:
    """Show the form with what the mask reads, make anchors of copied values, or save it."""
    suggests = "suggest" in request.POST
    posted = fill_from_values(request.POST) if suggests else request.POST
    form = MaskForm(posted or None, instance=instance, initial=initial)
    if form.is_bound and not suggests and form.is_valid():
        save_mask(form.save(commit=False))
        messages.success(request, _("解析マスクを保存しました。"))
        return redirect("cartsync:masks")
    preset = BY_KEY.get(instance.preset)
    context = {
        "form": form,
        "stored": bool(instance.pk),
        "trial": try_mask(form.build_trial()),
        "preset": preset,
        "note": preset.note if preset else "",
    }
    status = 422 if form.is_bound and not suggests else 200
    return render(request, "cartsync/ordermail/mask.html", context, status=status)


@require_right(SETTINGS)
@require_personal
@require_POST
def mask_trial(request: ShopRequest) -> HttpResponse:
    """Read the sample and the newest mails by what is typed; nothing is stored."""
    context = {"trial": try_mask(MaskForm(request.POST).build_trial())}
    return render(request, "cartsync/ordermail/trial.html", context)


@require_right(SETTINGS)
@require_POST
def mask_copy(request: ShopRequest, public_id: str) -> HttpResponse:
    copied = copy_mask(get_mask_or_404(public_id))
    messages.success(
        request, _("「%(name)s」を無効のまま作りました。") % {"name": copied.name}
    )
    return redirect("cartsync:mask", copied.public_id)


@require_right(SETTINGS)
@require_POST
def mask_delete(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_mask_or_404(public_id)
    delete_mask(found)
    messages.success(
        request, _("解析マスク「%(name)s」を削除しました。") % {"name": found.name}
    )
    return redirect("cartsync:masks")


@require_right(SETTINGS)
@require_POST
def masks_export(request: ShopRequest) -> HttpResponse:
    text = export_masks(list(OrderMailMask.objects.order_by("name", "pk")))
    return HttpResponse(
        text,
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="ordermail-masks.json"'},
    )


@require_right(SETTINGS)
@require_http_methods(METHODS)
def masks_import(request: ShopRequest) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_bound and form.is_valid():
        try:
            made = import_masks(form.cleaned_data["file"])
        except ValidationError as refused:
            form.add_error("file", " ".join(refused.messages))
        else:
            messages.success(
                request,
                ngettext(
                    "解析マスクを%(n)d件取り込みました。",
                    "解析マスクを%(n)d件取り込みました。",
                    len(made),
                )
                % {"n": len(made)},
            )
            return redirect("cartsync:masks")
    status = 422 if form.is_bound else 200
    return render(
        request, "cartsync/ordermail/mask_import.html", {"form": form}, status=status
    )
