from django.urls import path

from rpa.screens.settings import views as settings

app_name = "rpa"
urlpatterns = [
    path("", settings.settings, name="settings"),
    path("search/", settings.search, name="search"),
]
