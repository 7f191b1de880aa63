"""The evidence of a request as lines of a timeline."""

from typing import Any

from rpa.models import CancellationRequest
from rpa.requests.describe import list_entries

LOOKS = {
    "received": ("info", "inbox"),
    "searched": ("neutral", "search"),
    "identified": ("ok", "user-check"),
    "refused": ("bad", "ban"),
    "offered": ("info", "message-circle-question-mark"),
    "went_on": ("ok", "user-check"),
    "took_offer": ("ok", "user-check"),
    "seen": ("neutral", "image"),
    "stuck": ("warn", "circle-alert"),
    "submitting": ("info", "send"),
    "verified": ("ok", "circle-check"),
    "person": ("warn", "circle-alert"),
    "rehearsed": ("neutral", "flask-conical"),
}


def build_timeline(request: CancellationRequest) -> list[dict[str, Any]]:
    """Return the evidence in its order, as kit/timeline.html shows it."""
    rows = []
    for entry in list_entries(request):
        kind, icon = LOOKS.get(entry.step, ("neutral", "check"))
        told = {"title": entry.title, "at": entry.at, "who": entry.who}
        rows.append({"kind": kind, "icon": icon, "text": entry.text, **told})
    return rows
