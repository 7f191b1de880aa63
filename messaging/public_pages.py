"""What customers' phones fetch from a message: its pictures, and its counted links."""

from django.urls import path

from messaging.content import views
from messaging.suppression.views import unsubscribe

app_name = "message_pages"
urlpatterns = [
    path("l/<slug:token>/<int:number>/", views.link, name="link"),
    path("u/<slug:token>/", unsubscribe, name="unsubscribe"),
    path("i/<slug:token>.jpg", views.image, name="image"),
    path("i/<slug:token>/s.jpg", views.preview, name="preview"),
]
