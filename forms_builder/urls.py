from django.urls import path

from forms_builder.screens import links, mail, privacy, views
from forms_builder.screens.answers import views as answer_views

app_name = "forms_builder"
urlpatterns = [
    path("", views.forms, name="list"),
    path("add/", views.add, name="add"),
    path("gallery/", views.gallery, name="gallery"),
    path("preview/", views.preview, name="preview"),
    path("privacy/", privacy.edit_privacy_notice, name="privacy"),
    path("answer/<slug:public_id>/", answer_views.answer, name="answer"),
    path("<slug:public_id>/", views.form, name="form"),
    path("<slug:public_id>/edit/", views.edit, name="edit"),
    path("<slug:public_id>/switch/", views.switch, name="switch"),
    path("<slug:public_id>/copy/", views.copy, name="copy"),
    path("<slug:public_id>/mail/", mail.edit_mail, name="mail"),
    path("<slug:public_id>/link/", links.sign_link, name="link"),
    path("<slug:public_id>/answers/", answer_views.answers, name="answers"),
]
