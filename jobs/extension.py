"""What apps above add to the jobs. Each hands in one instance, in its ``AppConfig.ready()``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.runner import Kind


@dataclass(frozen=True)
class JobsExtension:
    """What one app adds."""

    app: str
    # The kinds of job that the app does; asked whenever a job is looked at.
    kinds: "Callable[[], Iterable[Kind]]" = tuple


extensions: dict[str, JobsExtension] = {}


def extend_jobs(extension: JobsExtension) -> None:
    """Take in what an app adds; the same app again replaces it."""
    extensions[extension.app] = extension
