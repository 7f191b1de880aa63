"""RPA設定 › 申請一覧 › 統計."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from operators.rights import ShopRequest, require_right
from operators.roles import VIEW
from rpa.statistics.chart import draw_months
from rpa.statistics.count import Kind, count_requests


@require_right(VIEW)
@require_safe
def statistics(request: ShopRequest) -> HttpResponse:
    found = count_requests(timezone.now())
    tables = [
        (_("商品"), found.by_product),
        (_("理由"), found.by_reason),
        (_("登録した人"), found.by_operator),
        (_("顧客の見つけ方"), describe_conditions(found.by_condition)),
    ]
    context = {
        "found": found,
        "chart": draw_months(found.months),
        "kinds": list(enumerate(Kind.labels, 1)),
        "tables": tables,
    }
    return render(request, "rpa/statistics/statistics.html", context)


def describe_conditions(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
    names = {
        "person": _("人が選んだ"),
        "several": _("2人以上・食い違い"),
        "none": _("見つからない"),
    }
    return [
        (names.get(name) or _("第%(n)s条件") % {"n": name}, count)
        for name, count in rows
        if count
    ]
