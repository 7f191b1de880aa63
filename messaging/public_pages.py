"""What customers' phones fetch from a message: its pictures."""

from django.urls import path

from messaging.content import views

app_name = "message_pages"
urlpatterns = [
    path("i/<str:token>.jpg", views.image, name="image"),
    path("i/<str:token>/s.jpg", views.preview, name="preview"),
]
