from django.urls import path

from forms_builder.views import public

app_name = "forms_builder"
urlpatterns = [
    path("", public.endpoint, name="endpoint"),
    path("<slug:public_id>/", public.answer, name="answer"),
    path("<slug:public_id>/open/", public.open_form, name="open"),
    path("<slug:public_id>/thanks/<slug:key>/", public.thank, name="thanks"),
    path("<slug:public_id>/result/<slug:key>/", public.result, name="result"),
]
