"""What operators are told. Within the transaction of what happened, so that nothing is told that was taken back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise

from operators.extension import extensions
from operators.models import Notice, Operator
from tenants.wakeups import wake

# The wakeup that gives notices to those who are to hear of them.
ROUTE = "notifications.route"
# What comes in a burst is given out together; nobody sees so short a wait.
PAUSE = timedelta(seconds=1)


@dataclass(frozen=True)
class NoticeText:
    """What a notice says: no names, addresses or texts of customers.

    ``page`` and ``args``: the page of the console that shows what happened; "" for the list of notices.
    """

    title: str
    detail: str = ""
    page: str = ""
    args: tuple[object, ...] = ()


@dataclass(frozen=True)
class NoticeKind:
    """``right``: what a seat must be allowed to be told of it; "" for whom the notice itself names.

    ``describe``: says what each of some notices tells, by its number; without it, or for a notice that it leaves out,
    the label is all. ``by_mail``: whether operators who never said what they prefer hear of it by mail as well.
    """

    name: str
    label: str | Promise
    right: str = ""
    describe: Callable[[Sequence[Notice]], Mapping[int, NoticeText]] | None = None
    by_mail: bool = True


def list_notice_kinds() -> Iterator[NoticeKind]:
    """Yield the kinds of every app."""
    for each in extensions.values():
        yield from each.notice_kinds


def find_notice_kind(name: str) -> NoticeKind | None:
    return next((kind for kind in list_notice_kinds() if kind.name == name), None)


def notify(
    kind: str,
    subject: models.Model | None = None,
    *,
    operator: Operator | None = None,
    ways: Iterable[str] = (),
    **data: Any,
) -> Notice:
    """Add a notice about ``subject`` to the shop's outbox, inside the caller's transaction, and wake who tells it.

    ``operator``: whom alone it is for; ``ways``: by which ways alone it is sent. Raises ValueError for a kind that no
    app has handed in.
    """
    if not find_notice_kind(kind):
        raise ValueError(f"No app hands in this kind of notice: {kind!r}")
    notice = Notice.objects.create(
        kind=kind,
        subject=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        operator=operator,
        ways=list(ways),
        data=data,
    )
    assert notice.tenant_id
    wake(notice.tenant_id, ROUTE, at=timezone.now() + PAUSE)
    return notice
