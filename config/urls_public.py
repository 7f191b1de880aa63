"""A shop's public side, under /p/<slug>/: forms for customers, webhooks of LINE and of carts."""

from django.urls import include, path

urlpatterns = [
    path("f/", include("forms_builder.public.urls")),
    path("lookup/", include("helpdesk.public_urls")),
    path("r/", include("rpa.public.urls")),
    path("m/", include("messaging.public_pages")),
    path("hooks/cart/", include("cartsync.public_urls")),
    path("hooks/", include("messaging.public_urls")),
]
