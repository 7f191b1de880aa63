from django.urls import path

from cartsync import views

app_name = "cartsync"
urlpatterns = [
    path("", views.carts, name="carts"),
    path("new/", views.new, name="new"),
    path("review/", views.review, name="review"),
    path("review/link/", views.link_pair, name="link"),
    path("review/keep/", views.keep_link, name="keep"),
    path("review/end/", views.end, name="end"),
    path("<slug:public_id>/", views.cart, name="cart"),
    path("<slug:public_id>/settings/", views.settings, name="settings"),
    path("<slug:public_id>/poll/", views.poll, name="poll"),
    path("<slug:public_id>/switch/", views.switch, name="switch"),
    path("<slug:public_id>/runs/", views.runs, name="runs"),
    path("<slug:public_id>/rules/", views.rules, name="rules"),
]
