from django.apps import AppConfig


class CartsyncConfig(AppConfig):
    name = "cartsync"

    def ready(self) -> None:
        from cartsync.extensions import JOBS, MEMBERS, MESSAGING, OPERATORS
        from cartsync.funnel.count import begin_counting
        from cartsync.matching.ask_cart import handle_identity_change
        from cartsync.ordermail.contacts import look_for_contacts
        from jobs.extension import extend_jobs
        from members.extension import extend_members
        from members.signals import identity_changed
        from messaging.extension import extend_messaging
        from operators.extension import extend_operators
        from tenants.signals import shop_opened

        extend_jobs(JOBS)
        extend_members(MEMBERS)
        extend_messaging(MESSAGING)
        extend_operators(OPERATORS)
        shop_opened.connect(begin_counting, dispatch_uid="cartsync.begin_counting")
        identity_changed.connect(
            handle_identity_change, dispatch_uid="cartsync.matching.ask_cart"
        )
        identity_changed.connect(
            look_for_contacts, dispatch_uid="cartsync.ordermail.contacts"
        )
