"""Addresses that have no page of their own: asked for, they lead elsewhere, or give a part of a page or a file.

test_urls.py asks for each of them.
"""

# Buttons: who comes here by a link, back from the login, say, finds the button on the page that it leads to.
BUTTONS = {
    "contents/liff/<slug:public_id>/copy/",
    "contents/liff/<slug:public_id>/switch/",
    "files/<str:public_id>/",
    "jobs/<str:public_id>/resume/",
    "jobs/<str:public_id>/stop/",
    "members/<str:public_id>/receiving/",
    "members/<str:public_id>/tags/add/",
    "members/<str:public_id>/tags/remove/",
    "members/<str:public_id>/undelete/",
    "members/attributes/<str:public_id>/restore/",
    "members/attributes/<str:public_id>/show/",
    "members/attributes/order/",
    "members/merge/",
    "members/segments/<str:public_id>/duplicate/",
    "members/tags/folders/order/",
    "members/tags/merge/",
    "members/tags/move/",
    "messages/talk/<str:public_id>/reply/",
    "rpa/settings/rules/",
    "rpa/settings/search/",
}
# Where a cart sends an operator back to.
RETURNS = {"carts/approved/"}
PARTS = {
    "carts/orders/count/",
    "members/imports/<str:public_id>/progress/",
    "members/segments/<str:public_id>/count/",
    "messages/steps/<str:public_id>/fitting/",
}
FILES = {
    "members/paste/<str:public_id>/invalid/",
    "members/paste/<str:public_id>/not-found/",
    "rpa/requests/<slug:public_id>/pictures/<int:pk>/",
    "rpa/requests/upload/sample/",
}
PAGELESS = BUTTONS | RETURNS | PARTS | FILES
