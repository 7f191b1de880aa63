"""Django's PostgreSQL back end, with the tenant built in (settings: ENGINE = "tenants.pg")."""
