"""The console's own pages in a shop."""

from django.urls import path

from console import fileviews, groups, jobviews

app_name = "console"
urlpatterns = [
    path("jobs/", jobviews.jobs, name="jobs"),
    path("jobs/<str:public_id>/", jobviews.job, name="job"),
    path("jobs/<str:public_id>/stop/", jobviews.stop, name="job_stop"),
    path("jobs/<str:public_id>/resume/", jobviews.resume, name="job_resume"),
    path("jobs/<str:public_id>/undo/", jobviews.undo, name="job_undo"),
    path("files/<str:public_id>/", fileviews.file, name="file"),
    path("settings/groups/", groups.groups, name="groups"),
    path("settings/groups/new/", groups.group_new, name="group_new"),
    path("settings/groups/<str:public_id>/", groups.group, name="group"),
    path("settings/groups/<str:public_id>/delete/", groups.group_delete, name="group_delete"),
]
