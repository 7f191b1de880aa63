"""A view that shows a list page by page says what the list can be narrowed by: a ``filters`` of console/filters.py."""

import ast

from scripts.style.source import Function, read_modules, walk_functions

# Parts of a page about one thing, and lists with a language of their own.
WITHOUT_FILTERS = {
    "cartsync.screens.member.customer_panels": "orders of one customer",
    "cartsync.screens.member.panels": "orders of one member",
    "forms_builder.screens.member_panel": "answers of one member",
    "members.screens.list.views": "the member list has the condition language",
    "members.screens.profile.panels": "the history of one member",
    "members.screens.segments.views.segment_moved": "who came or went in one week",
    "administration.platform.views.list_applications": "who wants another plan, of the installation",
    "messaging.screens.talk.panel": "what one member wrote",
    "messaging.screens.member_panels": "messages to one member",
}


def names_in(function: Function) -> set[str]:
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}


def test_every_list_has_filters() -> None:
    bare = {
        (module.name, function.name)
        for module in read_modules()
        for function in walk_functions(module)
        if "paginate_rows" in (names := names_in(function)) and "filters" not in names
    }
    places = {
        module if module in WITHOUT_FILTERS else f"{module}.{name}"
        for module, name in bare
    }
    assert sorted(places) == sorted(WITHOUT_FILTERS)
