from django.apps import AppConfig


class CartsyncConfig(AppConfig):
    name = "cartsync"

    def ready(self) -> None:
        from cartsync import asking
        from cartsync.timing import timing
        from members.signals import identity_changed
        from messaging import linktiming

        if timing not in linktiming.sources:
            linktiming.sources.append(timing)
        identity_changed.connect(asking.on_identity_changed, dispatch_uid="cartsync.asking")
