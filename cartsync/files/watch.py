"""The watched folder of a cart of files: what somebody lays down there is loaded as if it were uploaded, once each.

The installation names one folder (CART_FILES_FOLDER); in it lies ``<shop>/<cart>/``. A file is taken once it has been
left alone for a while, and moved aside: to ``done``, or to ``failed`` with the reason on the cart's page. The row that
says it was taken is stored with its load, so a file that could not be moved is not loaded twice; one that came to
nothing is tried again once it is laid down again.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cartsync.connectors.base import Resource
from cartsync.connectors.kinds import get_connector_class
from cartsync.files.leftovers import delete_left_files
from cartsync.files.load import FILE_FAILED, accept_cart_file, load_mapping
from cartsync.files.prefixes import PREFIXES
from cartsync.models import Cart, WatchedFile
from jobs.models import Job
from operators.notify import notify
from outbound.errors import TryLater
from outbound.faultpoints import fault_point

DONE, FAILED = "done", "failed"
SETTLED_SECONDS = 60  # so long nobody wrote to it
LARGEST = 200 << 20
MOST_AT_ONCE = 20
RETAINED = timedelta(days=90)
SUFFIXES = (".csv", ".tsv", ".txt")


class TakenFile(NamedTuple):
    """``error``: why it cannot be loaded, blank where it can. ``is_new``: somebody may still have to hear of it."""

    error: str
    is_new: bool


def get_watched_folder(cart: Cart) -> Path | None:
    """Return the cart's folder; None where the installation watches none."""
    if not settings.CART_FILES_FOLDER:
        return None
    return Path(settings.CART_FILES_FOLDER) / cart.tenant.slug / str(cart.public_id)


def describe_watched_folder(cart: Cart) -> str:
    """Return the cart's folder below the one that the installation watches; blank where it watches none."""
    folder = get_watched_folder(cart)
    return "/".join(folder.parts[-2:]) if folder else ""


def take_watched_files(cart: Cart) -> int:
    """Load what lies in the cart's folder; return how many files were taken.

    Raise TryLater where the folder is there and cannot be read.
    """
    if not get_connector_class(cart.kind).takes_files:
        return 0
    delete_left_files()
    folder = get_watched_folder(cart)
    try:
        if not folder or not folder.is_dir():
            return 0
        found = list(list_settled_files(folder))[:MOST_AT_ONCE]
        for path in found:
            with suppress(FileNotFoundError):  # somebody took it away again
                take_watched_file(cart, path)
    except OSError as error:
        raise TryLater("folder") from error
    return len(found)


def list_settled_files(folder: Path) -> Iterator[Path]:
    """Yield the files that nobody writes to any more: customers first, then the oldest."""
    newest = timezone.now().timestamp() - SETTLED_SECONDS
    with os.scandir(folder) as entries:
        files = [
            (
                find_rank(read_file_name(entry.name)),
                entry.stat(follow_symlinks=False).st_mtime,
                entry,
            )
            for entry in entries
            if entry.is_file(follow_symlinks=False)
            and entry.name.lower().endswith(SUFFIXES)
            and not entry.name.startswith(".")
        ]
    for _rank, changed, entry in sorted(files, key=lambda one: one[:2]):
        if changed <= newest:
            yield Path(entry.path)


def read_file_name(name: str) -> str:
    """Return the name of a file as a person reads it: programs of Windows send it in Shift_JIS."""
    raw = os.fsencode(name)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp932", "replace")


def find_rank(name: str) -> int:
    resource = find_resource(name)
    return list(PREFIXES).index(resource) if resource else len(PREFIXES)


def find_resource(name: str) -> Resource | None:
    """Return what a file of this name holds; None for a name that says nothing."""
    for resource, prefixes in PREFIXES.items():
        if name.lower().startswith(prefixes):
            return resource
    return None


def take_watched_file(cart: Cart, path: Path) -> None:
    """Load one file, and move it aside; one that cannot be read or moved holds up no other."""
    name = read_file_name(path.name)
    try:
        # A link that was put in its place meanwhile leads nowhere.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except PermissionError:
        taken = record_unreadable_file(cart, name, path.lstat().st_mtime_ns)
    else:
        with os.fdopen(descriptor, "rb") as file:
            seen = os.fstat(file.fileno())
            if not stat.S_ISREG(seen.st_mode):
                return
            digest = compute_digest(file, name, seen.st_mtime_ns)
            taken = record_watched_file(cart, name, digest, file, seen.st_size)
    fault_point("cart.file_taken")
    try:
        move_aside(path, FAILED if taken.error else DONE)
    except PermissionError:
        if taken.is_new:
            notify_of_stuck_folder(cart)


@transaction.atomic
def notify_of_stuck_folder(cart: Cart) -> None:
    """Tell that files cannot be moved aside: they are loaded once all the same."""
    notify(FILE_FAILED, cart, reason="folder")


def compute_digest(file: BinaryIO, name: str, changed: int) -> str:
    """Return which file this is: the same content laid down again later is another one, and counts again."""
    found = hashlib.sha256(f"{name}\n{changed}\n".encode())
    while part := file.read(1 << 20):
        found.update(part)
    return found.hexdigest()


@transaction.atomic
def record_watched_file(
    cart: Cart, name: str, digest: str, file: BinaryIO, size: int
) -> TakenFile:
    """Start the load of a file that was not taken yet, and store that it was."""
    WatchedFile.objects.filter(
        cart=cart, taken_at__lt=timezone.now() - RETAINED
    ).delete()
    taken, is_new = WatchedFile.objects.get_or_create(
        cart=cart, digest=digest, defaults={"name": name[:200]}
    )
    if not is_new and not was_in_vain(taken):
        return TakenFile("", is_new=False)
    taken.taken_at, taken.error = timezone.now(), ""
    try:
        taken.job = accept_cart_file(
            cart, choose_resource(cart, name, size), File(file, name=name), None
        )
    except ValidationError as refused:
        taken.error = " ".join(refused.messages)[:300]
        notify(FILE_FAILED, cart, reason="file")
    taken.save(update_fields=["job", "error", "taken_at"])
    return TakenFile(str(taken.error), is_new=True)


@transaction.atomic
def record_unreadable_file(cart: Cart, name: str, changed: int) -> TakenFile:
    """Store that a file cannot be read, once however often it is met."""
    error = _(
        "ファイルを読み取る権限がありません。サーバーの管理者に確かめて、置き直してください。"
    )
    digest = hashlib.sha256(f"{name}\n{changed}\nunreadable".encode()).hexdigest()
    values = {"name": name[:200], "error": error}
    _row, is_new = WatchedFile.objects.get_or_create(
        cart=cart, digest=digest, defaults=values
    )
    if is_new:
        notify(FILE_FAILED, cart, reason="file")
    return TakenFile(error, is_new=False)


def was_in_vain(taken: WatchedFile) -> bool:
    """Return whether nothing came of the file: who has mended the settings lays the very same one down again."""
    ended = (Job.State.FAILED, Job.State.STOPPED)
    return bool(taken.error or (taken.job and taken.job.state in ended))


def choose_resource(cart: Cart, name: str, size: int) -> Resource:
    """Return what the file holds. Raise ValidationError where its name does not say, or it cannot be loaded."""
    resource = find_resource(name)
    if not resource:
        raise ValidationError(
            _(
                "ファイル名から内容が分かりません。customers・orders・subscriptionsのどれかで始まる名前にしてください。"
            )
        )
    if not load_mapping(cart, resource):
        raise ValidationError(
            _("この内容の列が決まっていません。カートの設定で列を入れてください。")
        )
    if size > LARGEST:
        raise ValidationError(
            _("ファイルが大きすぎます。%(most)sMB以下のファイルに分けてください。")
            % {"most": LARGEST >> 20}
        )
    return resource


def move_aside(path: Path, where: str) -> None:
    """Move a file to another folder beside it; one of the same name there stays."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    if target.exists():
        stamp = timezone.now().strftime("%Y%m%d%H%M%S%f")
        target = folder / f"{path.stem}-{stamp}{path.suffix}"
    path.rename(target)
