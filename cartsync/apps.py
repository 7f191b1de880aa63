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
        from cartsync.matching.reasons import list_reason_texts
        from cartsync.presets import SAMPLES
        from cartsync.usage.of_tags import TAG_USER
        from cartsync.sync.intervals import list_linked_tags, compute_link_timing
        from cartsync.lookups import register_lookups
        from members.usage.archive_attribute import register_archive_blocker
        from members.exports.columns import register as register_columns
        from members.conditions.presets import register_presets
        from members.screens.profile.registry import register_reasons
        from members.signals import identity_changed
        from members.usage.registry import register_tag_usage
        from messaging.accounts import connections
        from messaging.deliveries import holds

        if compute_link_timing not in holds.sources:
            holds.sources.append(compute_link_timing)
            holds.linked_tags.append(list_linked_tags)
        identity_changed.connect(
            ask_cart.handle_identity_change, dispatch_uid="cartsync.matching.ask_cart"
        )
        panels.register_pages()
        panels.register_merge_rules()
        register_reasons(list_reason_texts)
        register_columns(*export_columns.build_export_columns())
        register_tag_usage("carts", TAG_USER)
        register_archive_blocker("carts", of_attributes.find_attribute_blockers)
        connections.register(CARTS)
        register_lookups()
        register_presets(SAMPLES)
