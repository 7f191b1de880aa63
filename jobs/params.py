"""What a job is to do: a dataclass of its kind, stored as JSON in the job's row and read by nobody but its own app.

A field that names rows of another table says so: ``tag: int = field(metadata={"used": Tag})``. Whoever asks where such
a row is used finds it by walking the kinds.
"""

from dataclasses import dataclass, fields
from typing import Any, TypeVar

from jobs.models import Job

P = TypeVar("P")


@dataclass(frozen=True)
class NoParams:
    """For kinds that need none."""


def dump_params(params: Any) -> dict[str, Any]:
    """Return the dataclass as JSON holds it."""
    return {field.name: getattr(params, field.name) for field in fields(params)}


def read_params(job: Job, shape: type[P]) -> P:
    """Return the job's params as this dataclass; what else is stored with them is left out.

    Raises TypeError when one that has no default is missing.
    """
    names = {field.name for field in fields(shape)}  # type: ignore[arg-type]
    return shape(**{name: job.params[name] for name in names & job.params.keys()})


def list_used_fields(shape: type[Any], model: type[Any]) -> list[str]:
    """Return the names of the fields of these params that are marked as naming rows of ``model``."""
    return [
        field.name for field in fields(shape) if field.metadata.get("used") is model
    ]
