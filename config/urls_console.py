"""A shop's console, under /t/<slug>/."""

from django.urls import include, path

from administration import views as administration

urlpatterns = [
    path("", include("administration.urls")),
    path("", include("jobs.urls")),
    path("", include("notifications.urls")),
    path("", administration.start, name="start"),
    path("members/", include("members.urls")),
    path("messages/", include("messaging.urls")),
    path("contents/liff/", include("forms_builder.urls")),
    path("carts/", include("cartsync.urls")),
    path("rpa/", include("rpa.urls")),
    path("settings/helpdesk/", include("helpdesk.urls")),
]
