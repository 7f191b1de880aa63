from django.urls import path

from cartsync.screens.carts import views as carts
from cartsync.screens.carts import views_approval as approval
from cartsync.screens.carts import views_files as files
from cartsync.screens.carts import views_kinds as kinds
from cartsync.screens.carts import views_settings as settings
from cartsync.screens.funnel import views as funnel
from cartsync.screens.ordermail import views_accounts as mailboxes
from cartsync.screens.ordermail import views_log as mails
from cartsync.screens.ordermail import views_masks as masks
from cartsync.screens.orders import views as orders
from cartsync.screens.review import views as review

app_name = "cartsync"
urlpatterns = [
    path("", carts.carts, name="carts"),
    path("kinds/", kinds.kinds, name="kinds"),
    path("new/", settings.new, name="new"),
    path("approved/", approval.approved, name="approved"),
    path("funnel/", funnel.funnel, name="funnel"),
    path("orders/", orders.orders, name="orders"),
    path("orders/count/", orders.count, name="orders_count"),
    path("orders/export/", orders.export, name="orders_export"),
    path("review/", review.review, name="review"),
    path("review/link/", review.link_pair, name="link"),
    path("review/keep/", review.accept_changes, name="keep"),
    path("review/near/", review.decide_near, name="decide_near"),
    path("review/end/", review.end, name="end"),
    path("mail/", mails.mails, name="mails"),
    path("mail/log/<str:public_id>/", mails.mail, name="mail"),
    path("mail/masks/", masks.masks, name="masks"),
    path("mail/masks/new/", masks.mask_new, name="mask_new"),
    path("mail/masks/trial/", masks.mask_trial, name="mask_trial"),
    path("mail/masks/export/", masks.masks_export, name="masks_export"),
    path("mail/masks/import/", masks.masks_import, name="masks_import"),
    path("mail/masks/<str:public_id>/", masks.mask, name="mask"),
    path("mail/masks/<str:public_id>/copy/", masks.mask_copy, name="mask_copy"),
    path("mail/masks/<str:public_id>/delete/", masks.mask_delete, name="mask_delete"),
    path("mail/accounts/", mailboxes.mailboxes, name="mailboxes"),
    path("mail/accounts/new/", mailboxes.mailbox_new, name="mailbox_new"),
    path("mail/accounts/<str:public_id>/", mailboxes.mailbox, name="mailbox"),
    path("<slug:public_id>/", carts.cart, name="cart"),
    path("<slug:public_id>/settings/", settings.settings, name="settings"),
    path("<slug:public_id>/files/", files.files, name="files"),
    path("<slug:public_id>/poll/", carts.poll, name="poll"),
    path("<slug:public_id>/switch/", carts.switch, name="switch"),
    path("<slug:public_id>/runs/", carts.runs, name="runs"),
    path("<slug:public_id>/words/", settings.words, name="words"),
    path("<slug:public_id>/rules/", settings.rules, name="rules"),
]
