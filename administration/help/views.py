"""The pages of help: an index by area, and one page for each task."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from administration.help.guide import Guide, Text
from administration.help.guides import BY_PAGE, GUIDES, list_areas
from administration.help.places import load_labels, load_rights
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW


@require_right(VIEW)
@require_safe
def list_guides(request: ShopRequest) -> HttpResponse:
    context = {"areas": list_areas()}
    return render(request, "administration/help/index.html", context)


@require_right(VIEW)
@require_safe
def show_guide(request: ShopRequest, guide: str) -> HttpResponse:
    if guide not in GUIDES:
        raise Http404
    found = GUIDES[guide]
    steps = [(step.text, list_links(request, step.pages)) for step in found.steps]
    context = {"guide": found, "steps": steps}
    return render(request, "administration/help/guide.html", context)


def list_links(request: ShopRequest, pages: tuple[str, ...]) -> list[tuple[Text, str]]:
    """Return label and URL of those pages that the seat may open."""
    labels, rights = load_labels(), load_rights()
    return [
        (labels[page], reverse(page))
        for page in pages
        if request.seat.can(rights[page])
    ]


def find_page_help(request: HttpRequest) -> Guide | None:
    """Return the help that belongs to the page shown, if any: its heading links to it."""
    match = request.resolver_match
    return BY_PAGE.get(match.view_name) if match else None
