from django.urls import path

from helpdesk.screens import setup

app_name = "helpdesk"
urlpatterns = [
    path("", setup.show_setup, name="setup"),
    path("values/", setup.save_values, name="values"),
    path("switch/", setup.switch_desk, name="switch"),
    path("environment/", setup.switch_values, name="environment"),
]
