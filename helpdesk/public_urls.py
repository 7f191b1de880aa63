from django.urls import path

from helpdesk.screens import public

app_name = "helpdesk"
urlpatterns = [path("<slug:what>/", public.look_up, name="look_up")]
