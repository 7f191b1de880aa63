from django.apps import AppConfig


class CartsyncConfig(AppConfig):
    name = "cartsync"
