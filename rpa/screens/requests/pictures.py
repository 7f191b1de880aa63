"""The pictures among a request's evidence."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404

from rpa.evidence.record import SCREENS
from rpa.models import CancellationRequest, Evidence


@dataclass(frozen=True)
class Picture:
    pk: int
    label: str
    at: datetime


def list_pictures(request: CancellationRequest) -> list[Picture]:
    """Return what was pictured, in its order, without the pictures themselves."""
    rows = request.evidence.filter(step="seen").exclude(picture="").defer("picture")
    return [
        Picture(
            row.pk, str(SCREENS.get(row.data["screen"], row.data["screen"])), row.at
        )
        for row in rows.order_by("at", "pk")
    ]


def get_picture_or_404(request: CancellationRequest, pk: int) -> Evidence:
    row = request.evidence.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row
