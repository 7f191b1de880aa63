"""お知らせ and 設定 › 通知."""

from django.urls import path

from notifications.screens import inbox, settings

app_name = "notifications"
urlpatterns = [
    path("notices/", inbox.list_notices, name="list"),
    path("notices/read/", inbox.read_all_notices, name="read_all"),
    path("notices/<str:public_id>/", inbox.open_notice, name="open"),
    path("settings/notices/", settings.change_preferences, name="settings"),
    path("settings/notices/quiet/", settings.change_quiet_window, name="quiet"),
    path("settings/notices/test/", settings.send_test_notice, name="test"),
    path("settings/notices/phone/", settings.start_phone_link, name="phone"),
    path("settings/notices/phone/end/", settings.end_phone_link, name="phone_end"),
]
