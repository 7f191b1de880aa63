from django.urls import path

from rpa.screens.logins import views as logins
from rpa.screens.requests import views as requests
from rpa.screens.requests import views_upload as uploads
from rpa.screens.settings import views as settings
from rpa.screens.statistics import views as statistics

app_name = "rpa"
urlpatterns = [
    path("settings/", settings.settings, name="settings"),
    path("settings/search/", settings.search, name="search"),
    path("settings/rules/", settings.rules, name="rules"),
    path("settings/live/", settings.live, name="live"),
    path("settings/carts/<slug:public_id>/", logins.login, name="login"),
    path("settings/carts/<slug:public_id>/check/", logins.check, name="check"),
    path("settings/carts/<slug:public_id>/live/", logins.login_live, name="login_live"),
    path("switch/", settings.switch, name="switch"),
    path("requests/", requests.requests, name="requests"),
    path("requests/statistics/", statistics.statistics, name="statistics"),
    path("requests/upload/", uploads.upload, name="upload"),
    path("requests/upload/sample/", uploads.sample, name="sample"),
    path("requests/new/", requests.new, name="new"),
    path("requests/<slug:public_id>/", requests.show_request, name="request"),
    path("requests/<slug:public_id>/choose/", requests.choose, name="choose"),
    path("requests/<slug:public_id>/close/", requests.close, name="close"),
    path("requests/<slug:public_id>/export/", requests.export, name="export"),
    path(
        "requests/<slug:public_id>/pictures/<int:pk>/",
        requests.picture,
        name="picture",
    ),
    path("requests/<slug:public_id>/rerun/", requests.rerun, name="rerun"),
]
