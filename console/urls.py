"""The pages that belong to no shop."""

from django.urls import path

from console import views

urlpatterns = [
    path("preferences/", views.set_preferences, name="preferences"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/phone/", views.styleguide_phone, name="styleguide_phone"),
]
