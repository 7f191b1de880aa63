"""The Celery app. The one beat entry only asks the database what is due."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("tsunagi")
app.config_from_object("django.conf:settings.CELERY")
app.autodiscover_tasks()
