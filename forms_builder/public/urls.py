from django.urls import path

from forms_builder.public import views, views_thanks
from forms_builder.public.personal.views import compare_login, open_personal_link
from forms_builder.public.postal.views import look_up_address

app_name = "forms_builder"
urlpatterns = [
    path("", views.endpoint, name="endpoint"),
    path("<slug:public_id>/", views.answer, name="answer"),
    path("<slug:public_id>/browser/", views.answer_without_line, name="browser"),
    path("<slug:public_id>/open/", views.open_form, name="open"),
    path("<slug:public_id>/postal/", look_up_address, name="postal"),
    path(
        "<slug:public_id>/me/<str:token>/",
        open_personal_link,
        name="personal",
    ),
    path(
        "<slug:public_id>/me/<str:token>/login/",
        compare_login,
        name="compare_login",
    ),
    path("<slug:public_id>/thanks/<slug:key>/", views_thanks.thank, name="thanks"),
    path("<slug:public_id>/result/<slug:key>/", views_thanks.result, name="result"),
]
