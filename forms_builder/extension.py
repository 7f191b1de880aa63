"""What apps above add to the forms. Each hands in one instance, in its ``AppConfig.ready()``."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FormsExtension:
    """What one app adds."""

    app: str
    # Kinds of questions: the key, which stands in stored forms, and the dotted path of its class (questions/base.py).
    field_kinds: Mapping[str, str] = field(default_factory=dict)


extensions: dict[str, FormsExtension] = {}


def extend_forms(extension: FormsExtension) -> None:
    """Take in what an app adds; the same app again replaces it."""
    extensions[extension.app] = extension
