"""会員 › 詳細 › 個人情報を表示: one person's data in clear, for one answer, after a line in the audit log."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from members.screens.profile.views import get_member_or_404, render_member_page
from operators import audit
from operators.masking import show_in_clear
from operators.rights import ShopRequest, require_right
from operators.roles import REVEAL


@require_right(REVEAL)
@require_POST
def reveal_person(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show the member's page in clear; whoever asks for it again is written down again."""
    member = get_member_or_404(public_id)
    if member.merged_into_id:
        return redirect("members:detail", public_id)
    audit.record_action("member.revealed", member)
    with show_in_clear():
        return render_member_page(request, member, revealed=True)
