"""A shop's console, under /t/<slug>/."""

from django.urls import include, path

from tenants import views as tenants

urlpatterns = [
    path("", include("console.shop_urls")),
    path("", tenants.start, name="start"),
    path("members/", include("members.urls")),
    path("messages/", include("messaging.urls")),
    path("contents/liff/", include("forms_builder.urls")),
    path("carts/", include("cartsync.urls")),
]
