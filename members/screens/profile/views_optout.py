"""受信拒否 of one member, on its page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members.identity.optout import Channel, opt_in, opt_out
from members.models import Member
from members.screens.profile.views import get_member_or_404, require_present_member
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
@require_present_member
def receiving(request: ShopRequest, public_id: str) -> HttpResponse:
    """Opt the member out of or into a channel. POST ``channel`` and ``wanted`` (1: messages are wanted again)."""
    member = get_member_or_404(public_id)
    channel = request.POST.get("channel", "")
    if request.method == "POST" and channel in Channel.values:
        label, only = Channel(channel).label, Member.objects.filter(pk=member.pk)
        if request.POST.get("wanted"):
            opt_in(only, channel)
            messages.success(
                request, _("%(channel)sの受信拒否を解除しました。") % {"channel": label}
            )
        else:
            opt_out(only, channel)
            messages.success(
                request, _("%(channel)sを受信拒否にしました。") % {"channel": label}
            )
    return redirect("members:detail", member.public_id)
