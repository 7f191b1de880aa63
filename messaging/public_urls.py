from django.urls import path

from messaging.inbound import views

app_name = "messaging"
urlpatterns = [
    path("line/<str:webhook_key>/", views.line_webhook, name="webhook"),
]
