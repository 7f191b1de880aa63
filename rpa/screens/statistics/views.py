"""RPA設定 › 申請一覧 › 統計."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from console.numbers import parse_number
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW
from rpa.statistics.bars import Table
from rpa.statistics.chart import draw_months
from rpa.statistics.count import CONDITIONS, Kind, count_requests


@require_right(VIEW)
@require_safe
def statistics(request: ShopRequest) -> HttpResponse:
    place = parse_number(request.GET.get("place", ""), digits=3)
    found = count_requests(timezone.now(), request.GET.get("by", ""), place or 0)
    tables = [
        Table("product", _("商品"), found.by_product),
        Table("reason", _("理由"), found.by_reason),
        Table("operator", _("登録した人"), found.by_operator),
    ]
    conditions = list_conditions()
    context = {
        "found": found,
        "chart": draw_months(found.months),
        "kinds": list(enumerate(Kind.labels, 1)),
        "tables": tables,
        "narrowed": next((t.title for t in tables if t.by == found.narrowed_by), ""),
        "conditions": Table(
            "",
            _("顧客の見つけ方"),
            [(conditions[name], n) for name, n in found.by_condition if n],
        ),
        "condition_chart": draw_months(found.conditions, [*conditions.items()]),
        "condition_names": list(enumerate(conditions.values(), 1)),
    }
    return render(request, "rpa/statistics/statistics.html", context)


def list_conditions() -> dict[str, str]:
    names = {
        "person": _("人が選んだ"),
        "several": _("2人以上・食い違い"),
        "none": _("見つからない"),
    }
    return {
        name: names.get(name) or _("第%(n)s条件") % {"n": name} for name in CONDITIONS
    }
