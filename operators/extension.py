"""What apps above add to the operators. Each hands in one instance, in its ``AppConfig.ready()``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operators.groups import Belongings
    from operators.models import OperatorGroup
    from operators.notify import NoticeKind


@dataclass(frozen=True)
class OperatorsExtension:
    """What one app adds."""

    app: str
    # What is shared with a group: a line for each thing, saying what becomes of it when the group is deleted.
    belongings: "Iterable[Belongings]" = ()
    # Take over what is shared with a group that is about to be deleted, within the caller's transaction.
    leave_group: "Iterable[Callable[[OperatorGroup], None]]" = ()
    # What operators are told of (operators/notify.py).
    notice_kinds: "Iterable[NoticeKind]" = ()


extensions: dict[str, OperatorsExtension] = {}


def extend_operators(extension: OperatorsExtension) -> None:
    """Take in what an app adds; the same app again replaces it."""
    extensions[extension.app] = extension
