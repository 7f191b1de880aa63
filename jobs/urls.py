"""The pages of jobs and their files in a shop."""

from django.urls import path

from jobs import views
from jobs.files import views as files

app_name = "jobs"
urlpatterns = [
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<str:public_id>/", views.job, name="job"),
    path("jobs/<str:public_id>/stop/", views.stop, name="job_stop"),
    path("jobs/<str:public_id>/resume/", views.resume, name="job_resume"),
    path("jobs/<str:public_id>/undo/", views.undo, name="job_undo"),
    path("files/<str:public_id>/", files.file, name="file"),
]
