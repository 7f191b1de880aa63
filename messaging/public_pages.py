"""What customers' phones fetch from a message: its pictures, and its counted links."""

from django.urls import path

from messaging.content import views

app_name = "message_pages"
urlpatterns = [
    path("l/<slug:token>/<int:number>/", views.link, name="link"),
    path("i/<slug:token>.jpg", views.image, name="image"),
    path("i/<slug:token>/s.jpg", views.preview, name="preview"),
]
