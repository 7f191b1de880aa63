"""What a form's own page shows: its addresses, what answering starts, who hears of it, how often it was opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import segno
from django.db.models import Sum
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from forms_builder.answers.record import NOTICE
from forms_builder.extension import extensions
from forms_builder.models import Form, FormMail, PrivacyNotice, Submission
from forms_builder.screens.preview_model import build_sketch
from forms_builder.triggers import list_started_triggers
from members.conditions.url import encode_condition
from messaging.channels.line.links import build_liff_url
from messaging.models import Trigger
from messaging.models.scenarios import TAG_ADDED
from operators.rights import ShopRequest
from operators.roles import EDIT, EXPORT
from tenants.realms import build_realm_url


def build_page_context(request: ShopRequest, form: Form) -> dict[str, Any]:
    urls = build_addresses(form)
    submissions = Submission.objects.filter(form=form)
    return {
        "form": form,
        "may_edit": request.seat.can(EDIT),
        "urls": urls,
        "export_url": build_export_url(request, form),
        "qr": draw_qr_code(urls["liff"]),
        "test_qr": draw_qr_code(urls["test"]),
        "sketch": build_sketch(form),
        "add_tags": form.tags_to(remove=False),
        "remove_tags": form.tags_to(remove=True),
        "newest": submissions.newest_first()[:5],
        "answers": submissions.filter(is_test=False).count(),
        "openings": count_openings(form),
        "started": [
            (each.scenario, describe_start(each))
            for each in list_started_triggers(form)
        ],
        "hearers": list_hearers(form),
        "mail": FormMail.objects.filter(form=form).first(),
        "privacy": PrivacyNotice.load(),
    }


def build_addresses(form: Form) -> dict[str, str]:
    """Return the 呼び出しURL (opens LINE), the short link (any browser), and the one for test answers."""
    path = f"{form.public_id}/"
    return {
        "liff": build_liff_url(form.account, path),
        "short": build_realm_url(
            "public", form.tenant, "forms_builder:answer", [form.public_id]
        ).rstrip("/"),
        "test": build_liff_url(form.account, f"{path}?test={form.test_key}"),
    }


def build_export_url(request: ShopRequest, form: Form) -> str:
    """Return where those who answered are exported with their answers; "" for who may not."""
    if not request.seat.can(EXPORT):
        return ""
    answered = encode_condition(
        {"all": [{"field": "form", "op": "in", "value": [form.public_id]}]}
    )
    return f"{reverse('members:export')}?{urlencode({'c': answered, 'with': f'answer:{form.public_id}'})}"


def draw_qr_code(text: str) -> SafeString:
    """Draw a QR code: an SVG of attributes only, on white in both themes, because cameras want dark on light."""
    drawn = segno.make(text, error="m").svg_inline(
        scale=4, dark="#000", light="#fff", border=3, omitsize=True
    )
    return mark_safe(drawn)  # noqa: S308  (segno writes paths, never the text)


def count_openings(form: Form) -> int:
    """Return how often the page elsewhere was opened by way of the form."""
    return form.openings.aggregate(total=Sum("count"))["total"] or 0


def describe_start(trigger: Trigger) -> str:
    """Say what of this form starts the scenario."""
    if trigger.kind == TAG_ADDED:
        return _("タグ「%(tag)s」が付いたとき") % {"tag": trigger.tag}
    words = {
        "form_answered": _("回答したとき"),
        "form_answered_again": _("再回答したとき"),
    }
    return words[trigger.kind]


@dataclass(frozen=True)
class Hearer:
    """An operator, and of each way in words why they do not hear of an answer by it; "" where they do."""

    name: str
    cells: Sequence[tuple[str, str]]


def list_hearers(form: Form) -> list[Hearer]:
    """Return who hears of an answer to this form; [] where nobody is to."""
    explain = next(
        (
            each.explain_audience
            for each in extensions.values()
            if each.explain_audience
        ),
        None,
    )
    if not explain or not form.notifies or form.is_external:
        return []
    labels = {"bell": _("ベル"), "mail": _("メール"), "line": "LINE"}
    return [
        Hearer(
            reach.operator.name,
            [(words, reach.why_not.get(way, "")) for way, words in labels.items()],
        )
        for reach in explain(NOTICE, ["bell", *form.notice_ways])
    ]
