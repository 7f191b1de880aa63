from django.db.backends.postgresql import features
from django.db.models import Model

from tenants.pg.schema import find_tenant_field


class DatabaseFeatures(features.DatabaseFeatures):
    def allows_group_by_selected_pks_on_model(self, model: type[Model]) -> bool:
        """Return whether a row's ``id`` stands for its other columns in GROUP BY: not where the primary key begins with
        the tenant. Django then names every column, and PostgreSQL drops those that follow from the primary key."""
        return not find_tenant_field(
            model
        ) and super().allows_group_by_selected_pks_on_model(model)
