"""The pages about the shop itself."""

from django.urls import path

from administration import groups

app_name = "administration"
urlpatterns = [
    path("settings/groups/", groups.list_groups, name="groups"),
    path("settings/groups/new/", groups.add_group, name="group_new"),
    path("settings/groups/<str:public_id>/", groups.edit_group, name="group"),
    path(
        "settings/groups/<str:public_id>/delete/",
        groups.delete_group,
        name="group_delete",
    ),
]
