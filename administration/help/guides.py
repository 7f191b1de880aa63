"""All pages of help, and the pages of the console from which each is linked."""

from administration.help.guide import Area, Guide
from administration.help.texts import carts, members, messages, shop

GUIDES: dict[str, Guide] = {
    guide.slug: guide
    for module in (shop, members, carts, messages)
    for guide in module.GUIDES
}

# Which page's heading leads to which help: slug → URL names.
PAGES: dict[str, tuple[str, ...]] = {
    "line": ("messaging:accounts", "messaging:new_account", "messaging:account"),
    "operators": (
        "administration:operators",
        "administration:operator_new",
        "administration:operator",
        "administration:groups",
        "administration:group_new",
        "administration:security",
    ),
    "notices": ("notifications:settings", "notifications:list"),
    "helpdesk": ("helpdesk:setup", "members:shared_emails"),
    "form": (
        "forms_builder:list",
        "forms_builder:gallery",
        "forms_builder:form",
        "forms_builder:edit",
        "forms_builder:privacy",
    ),
    "cart": (
        "cartsync:carts",
        "cartsync:kinds",
        "cartsync:new",
        "cartsync:cart",
        "cartsync:settings",
        "cartsync:funnel",
    ),
    "ordermail": (
        "cartsync:mails",
        "cartsync:mailboxes",
        "cartsync:mailbox_new",
        "cartsync:mailbox",
        "cartsync:masks",
        "cartsync:mask_new",
        "cartsync:mask",
        "messaging:calendar",
        "messaging:calculator",
    ),
    "review": ("cartsync:review",),
    "filter": (
        "members:list",
        "members:filter",
        "members:paste",
        "members:segments",
        "members:segment",
    ),
    "import": (
        "members:imports",
        "members:import_new",
        "members:import",
        "members:attributes",
    ),
    "steps": (
        "messaging:scenarios",
        "messaging:new_scenario",
        "messaging:scenario",
        "messaging:edit_scenario",
        "messaging:new_step",
        "messaging:edit_step",
        "messaging:booked",
        "messaging:forecast",
    ),
    "broadcast": (
        "messaging:broadcasts",
        "messaging:new_broadcast",
        "messaging:broadcast",
        "messaging:edit_broadcast",
        "messaging:testers",
        "messaging:stop_sends",
    ),
    "mail": (
        "messaging:mail_accounts",
        "messaging:new_mail_account",
        "messaging:mail_account",
        "messaging:mail_footer",
        "messaging:mail_routes",
        "messaging:mail_domains",
        "messaging:suppressions",
    ),
    "rpa": ("rpa:settings", "rpa:login", "rpa:requests", "rpa:request"),
}
BY_PAGE = {page: GUIDES[slug] for slug, pages in PAGES.items() for page in pages}


def list_areas() -> list[tuple[Area, list[Guide]]]:
    """Return each area with its pages of help, in the order of the index."""
    return [
        (area, [guide for guide in GUIDES.values() if guide.area == area])
        for area in Area
    ]
