from django.urls import path

from rpa.public import views

app_name = "rpa_public"
urlpatterns = [path("<str:key>/", views.receipt, name="receipt")]
