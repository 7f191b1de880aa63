from django.urls import path

from rpa.public import views

app_name = "rpa_public"
urlpatterns = [path("<slug:public_id>/", views.receipt, name="receipt")]
