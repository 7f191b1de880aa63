"""The pages about the shop itself."""

from django.urls import path

from administration import groups

app_name = "administration"
urlpatterns = [
    path("settings/groups/", groups.groups, name="groups"),
    path("settings/groups/new/", groups.group_new, name="group_new"),
    path("settings/groups/<str:public_id>/", groups.group, name="group"),
    path(
        "settings/groups/<str:public_id>/delete/",
        groups.group_delete,
        name="group_delete",
    ),
]
