"""What operators are told. Within the transaction of what happened, so that nothing is told that was taken back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise

from operators.extension import extensions
from operators.models import Notice, Operator


@dataclass(frozen=True)
class NoticeKind:
    """``right``: what a seat must be allowed to be told of it; "" for whom the notice itself names."""

    name: str
    label: str | Promise
    right: str = ""


def list_notice_kinds() -> Iterator[NoticeKind]:
    """Yield the kinds of every app."""
    for each in extensions.values():
        yield from each.notice_kinds


def notify(
    kind: str,
    subject: models.Model | None = None,
    *,
    operator: Operator | None = None,
    ways: Iterable[str] = (),
    **data: Any,
) -> Notice:
    """Add a notice about ``subject`` to the shop's outbox, inside the caller's transaction.

    ``operator``: whom alone it is for; ``ways``: by which ways alone it is sent. Raises ValueError for a kind that no
    app has handed in.
    """
    if kind not in {each.name for each in list_notice_kinds()}:
        raise ValueError(f"No app hands in this kind of notice: {kind!r}")
    return Notice.objects.create(
        kind=kind,
        subject=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        operator=operator,
        ways=list(ways),
        data=data,
    )
