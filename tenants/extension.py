"""What apps above add to the tenants. Each hands in one instance, in its ``AppConfig.ready()``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class TenantsExtension:
    """What one app adds."""

    app: str
    # Secrets kept elsewhere than in a SecretField: encrypt them with the newest of FIELD_KEYS, return how many rows.
    rotations: Iterable[Callable[[], int]] = ()
    # Tables that one policy lets an operator read in every shop, where a row is their own (tenants/scope.py).
    own_rows: Iterable[str] = ()


extensions: dict[str, TenantsExtension] = {}


def extend_tenants(extension: TenantsExtension) -> None:
    """Take in what an app adds; the same app again replaces it."""
    extensions[extension.app] = extension
