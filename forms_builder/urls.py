from django.urls import path

from forms_builder.screens import views

app_name = "forms_builder"
urlpatterns = [
    path("", views.forms, name="list"),
    path("add/", views.add, name="add"),
    path("preview/", views.preview, name="preview"),
    path("<slug:public_id>/", views.form, name="form"),
    path("<slug:public_id>/edit/", views.edit, name="edit"),
    path("<slug:public_id>/switch/", views.switch, name="switch"),
    path("<slug:public_id>/answers/", views.answers, name="answers"),
]
