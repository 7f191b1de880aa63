from django.apps import AppConfig


class RpaConfig(AppConfig):
    name = "rpa"
