"""What the jobs of bulk actions are to do. Ids and keys only: what was typed may name a person and is kept apart."""

from dataclasses import dataclass, field

from jobs.models import Job
from jobs.params import read_params
from members.listing.selection import Selection
from members.models import Member, Tag


@dataclass(frozen=True, kw_only=True)
class BulkParams:
    """Whom it is for, and ``about``: what the job's title says it does, such as the name of the tag."""

    selection: Selection = field(metadata={"used": Member})
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class TagParams(BulkParams):
    """``now``: step messages that it starts do not wait for the undo window."""

    tag: int = field(metadata={"used": Tag})
    now: bool = True


@dataclass(frozen=True, kw_only=True)
class SetParams(BulkParams):
    """The attribute whose value is set."""

    attribute: int


@dataclass(frozen=True, kw_only=True)
class ChannelParams(BulkParams):
    """The channels that members are opted out of or in to."""

    channels: list[str]


@dataclass(frozen=True, kw_only=True)
class InquiryParams(BulkParams):
    """``assignee``: the number of an operator; ``due_on``: an ISO day."""

    assignee: int | None
    mark: str
    due_on: str | None


@dataclass(frozen=True, kw_only=True)
class UndoParams:
    """``job``: the number of the job that is undone; ``about`` and ``tag``: as that one has them."""

    job: int
    about: str = ""
    tag: int | None = field(default=None, metadata={"used": Tag})


@dataclass(frozen=True)
class AnyParams:
    """What all of them may have."""

    about: str = ""
    tag: int | None = None


def read_about(job: Job) -> str:
    """Return what the title says the job does, "" for nothing."""
    return read_params(job, AnyParams).about
