from django.urls import path

from messaging.views import hooks

app_name = "messaging"
urlpatterns = [
    path("line/<str:webhook_key>/", hooks.line_webhook, name="webhook"),
]
