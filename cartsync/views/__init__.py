from cartsync.views.carts import cart, carts, poll, runs, switch
from cartsync.views.review import end, keep_link, link_pair, review
from cartsync.views.settings import new, rules, settings

__all__ = [
    "cart",
    "carts",
    "end",
    "keep_link",
    "link_pair",
    "new",
    "poll",
    "review",
    "rules",
    "runs",
    "settings",
    "switch",
]
