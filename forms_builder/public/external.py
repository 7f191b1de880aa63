"""A form that shows a page elsewhere: whoever opens it is led there, and counted."""

from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone

from forms_builder.models import Form, FormOpening
from operators.rights import ShopRequest

COUNT = f"""
INSERT INTO {FormOpening._meta.db_table} AS o (tenant_id, form_id, day, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (tenant_id, form_id, day) DO UPDATE SET count = o.count + 1
"""


def redirect_elsewhere(request: ShopRequest, form: Form, test: str) -> HttpResponse:
    """Lead to the form's page; a test is not counted, nor what only asks whether the page is there."""
    if request.method == "GET" and not test:
        count_opening(form)
    response = HttpResponseRedirect(form.external_url)
    response.headers["Cache-Control"] = "no-store"
    # The page there learns nothing of where the customer comes from.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def count_opening(form: Form) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [form.tenant_id, form.pk, timezone.localdate()])
