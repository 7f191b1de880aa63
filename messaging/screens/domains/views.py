"""送信ドメインの診断: what the DNS says about each domain that the shop writes from, and the keys we sign with."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.domains import manage
from messaging.domains.words import DescribedFinding, describe_findings, list_hosts
from messaging.models import SendingDomain
from operators.rights import ShopRequest, require_right
from operators.roles import CONNECT


@dataclass(frozen=True)
class ShownDomain:
    row: SendingDomain
    findings: list[DescribedFinding]
    hosts: list[str]


@require_right(CONNECT)
@require_safe
def mail_domains(request: ShopRequest) -> HttpResponse:
    shown = list_shown_domains()
    context = {"domains": shown, "waits": any(each.row.is_waiting for each in shown)}
    return render(request, "messaging/domains/list.html", context)


def list_shown_domains() -> list[ShownDomain]:
    names = manage.list_sending_domains()
    rows = {row.domain: row for row in SendingDomain.objects.filter(domain__in=names)}
    shown = []
    for name in names:
        row = rows.get(name) or SendingDomain(domain=name)
        hosts = list_hosts(name)
        shown.append(ShownDomain(row, describe_findings(row, hosts), hosts))
    return shown


def find_domain(request: ShopRequest) -> str:
    """Return the domain that the page names, or "" where no account writes from it (any more)."""
    domain = request.POST.get("domain", "")
    if domain in manage.list_sending_domains():
        return domain
    text = _(
        "このドメインから送るメールアカウントはありません。一覧を確かめてください。"
    )
    messages.error(request, text)
    return ""


@require_right(CONNECT)
@require_POST
def check_domain(request: ShopRequest) -> HttpResponse:
    if domain := find_domain(request):
        manage.ask_for_check(request.tenant, domain)
        messages.info(request, _("診断を始めました。結果は数秒で表示されます。"))
    return redirect("messaging:mail_domains")


@require_right(CONNECT)
@require_POST
def make_domain_key(request: ShopRequest) -> HttpResponse:
    if domain := find_domain(request):
        manage.make_key(request.tenant, domain)
        text = _(
            "署名の鍵を作成しました。表示された行をDNSに追加すると、署名が始まります。"
        )
        messages.success(request, text)
    return redirect("messaging:mail_domains")


@require_right(CONNECT)
@require_POST
def drop_domain_key(request: ShopRequest) -> HttpResponse:
    if domain := find_domain(request):
        manage.drop_key(request.tenant, domain)
        text = _("署名の鍵を削除しました。DNSの行も、明日以降に削除してください。")
        messages.success(request, text)
    return redirect("messaging:mail_domains")
