from django.apps import AppConfig


class CartsyncConfig(AppConfig):
    name = "cartsync"

    def ready(self) -> None:
        from cartsync import condition_fields  # noqa: F401, I001  registers the fields of conditions
        from cartsync.matching import ask_cart
        from cartsync.usage import of_attributes
        from cartsync import export_columns
        from cartsync.screens.member import panels
        from cartsync.screens.connections import CARTS
        from cartsync.matching.reasons import words
        from cartsync.presets import SAMPLES
        from cartsync.usage.of_tags import USER
        from cartsync.sync.intervals import linked_tags, timing
        from cartsync.lookups import register_values
        from members.usage.archive_attribute import register_blocker
        from members.exports.columns import register as register_columns
        from members.conditions.presets import register_samples
        from members.screens.profile.registry import register_reasons
        from members.signals import identity_changed
        from members.usage.registry import register_tag_user
        from messaging.accounts import connections
        from messaging.deliveries import holds

        if timing not in holds.sources:
            holds.sources.append(timing)
            holds.linked_tags.append(linked_tags)
        identity_changed.connect(
            ask_cart.on_identity_changed, dispatch_uid="cartsync.matching.ask_cart"
        )
        panels.register_pages()
        panels.register_merging()
        register_reasons(words)
        register_columns(*export_columns.columns())
        register_tag_user("carts", USER)
        register_blocker("carts", of_attributes.blockers)
        connections.register(CARTS)
        register_values()
        register_samples(SAMPLES)
