from django.apps import AppConfig


class CartsyncConfig(AppConfig):
    name = "cartsync"

    def ready(self) -> None:
        from cartsync import condition_fields  # noqa: F401, I001  registers the fields of conditions
        from cartsync import asking, attribute_uses, exportcolumns, memberpage
        from cartsync.connections import CARTS
        from cartsync.reasons import words
        from cartsync.samples import SAMPLES
        from cartsync.tag_uses import USER
        from cartsync.timing import linked_tags, timing
        from cartsync.values import register_values
        from members.archiving import register_blocker
        from members.exporting.columns import register as register_columns
        from members.gallery import register_samples
        from members.panels import register_reasons
        from members.signals import identity_changed
        from members.uses import register_tag_user
        from messaging import connections, linktiming

        if timing not in linktiming.sources:
            linktiming.sources.append(timing)
            linktiming.linked_tags.append(linked_tags)
        identity_changed.connect(asking.on_identity_changed, dispatch_uid="cartsync.asking")
        memberpage.register_pages()
        memberpage.register_merging()
        register_reasons(words)
        register_columns(*exportcolumns.columns())
        register_tag_user("carts", USER)
        register_blocker("carts", attribute_uses.blockers)
        connections.register(CARTS)
        register_values()
        register_samples(SAMPLES)
