from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        from tenants import checks
        from tenants.cells import raise_sequences
        from tenants.grants import grant_privileges

        assert checks  # importing it registers it
        post_migrate.connect(grant_privileges, dispatch_uid="tenants.grant")
        post_migrate.connect(
            raise_sequences, sender=self, dispatch_uid="tenants.raise_sequences"
        )
