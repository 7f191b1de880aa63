from django.urls import path

from forms_builder.views import console

app_name = "forms_builder"
urlpatterns = [
    path("", console.forms, name="list"),
    path("add/", console.add, name="add"),
    path("preview/", console.preview, name="preview"),
    path("<slug:public_id>/", console.form, name="form"),
    path("<slug:public_id>/edit/", console.edit, name="edit"),
    path("<slug:public_id>/switch/", console.switch, name="switch"),
    path("<slug:public_id>/answers/", console.answers, name="answers"),
]
