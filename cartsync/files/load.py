"""A file of a cart: accepted once its columns are there, loaded by a job in parts, then linked like a poll.

The job's params hold no personal data; of rows that cannot be read only their numbers are stored.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, BinaryIO, cast

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cartsync.connectors.base import Resource
from cartsync.connectors.generic.settings import read_mapping
from cartsync.files.rows import find_last_group, parse_records
from cartsync.models import Cart
from cartsync.sync.manage import poll_now
from cartsync.sync.store import store_rows
from jobs.disk_full import store_whole_file
from jobs.models import Job
from jobs.params import read_params
from jobs.runner import JobFailed, Kind, start_job
from members.imports.read.csv_reader import CsvReader, estimate_row_count
from members.imports.read.table_head import LONGEST_TITLE, detect_delimiter
from members.normalize.files.encodings import convert_to_utf8, detect_encoding
from operators.models import Operator
from operators.notify import notify
from operators.roles import EDIT
from tenants.scope import get_current_tenant_id

KIND = "cartsync.file"
# The kind of notice about a file that nobody uploaded: it came by the watched folder.
FILE_FAILED = "cart.file_failed"
BATCH = 1_000
MOST_NAMED = 20  # numbers of wrong rows that are told


@dataclass(frozen=True)
class CartFile:
    """``path`` in the storage; ``at``: when it was uploaded, which counts as the time of every change in it."""

    cart: int
    resource: str
    path: str
    delimiter: str
    at: str


@dataclass(frozen=True)
class CartHead:
    """``skipped``: records above the headings."""

    skipped: int
    header: list[str]


def accept_cart_file(
    cart: Cart, resource: Resource, upload: File, operator: Operator | None
) -> Job:
    """Store the file and start its load. Raise ValidationError with the reason when it cannot be read."""
    given = cast(BinaryIO, upload)
    with convert_to_utf8(given, detect_encoding(given)) as text:
        file = cast(BinaryIO, text)
        delimiter = detect_delimiter(file)
        head = read_cart_head(file, delimiter, set(list_columns(cart, resource)))
        if missing := find_missing_columns(cart, resource, head.header):
            raise ValidationError(
                _(
                    "列「%(columns)s」がファイルにありません。カートの設定で列の名前を直すか、ファイルを選び直してください。"
                ),
                params={"columns": "、".join(missing)},
                code="columns",
            )
        path = store_whole_file(
            f"{get_files_folder()}/{secrets.token_hex(12)}.csv",
            cast(IO[bytes], file),
        )
        params = CartFile(
            cart.pk, resource.value, path, delimiter, timezone.now().isoformat()
        )
        try:
            return start_job(KIND, operator, params, total=estimate_row_count(file))
        except BaseException:
            default_storage.delete(path)
            raise


def get_files_folder() -> str:
    """Return where the shop's files lie in the storage."""
    return f"carts/{get_current_tenant_id()}"


def read_cart_head(file: BinaryIO, delimiter: str, wanted: set[str]) -> CartHead:
    """Return where the headings stand: the first row with the columns that are wanted, below a title or 「sep=;」."""
    records = CsvReader(file, delimiter).take(LONGEST_TITLE + 2)
    rows = [[cell.strip() for cell in record] for record in records]
    counts = [len(wanted.intersection(row)) for row in rows]
    first = int(bool(rows) and bool(re.fullmatch("sep=.?", "".join(rows[0]), re.I)))
    skipped = counts.index(max(counts)) if any(counts) else first
    return CartHead(skipped, rows[skipped] if skipped < len(rows) else [])


def list_columns(cart: Cart, resource: Resource) -> list[str]:
    """Return the columns of a file that the shop named, in their order."""
    mapping = load_mapping(cart, resource)
    named = [part.strip() for names in mapping.values() for part in names.split("+")]
    return [name for name in dict.fromkeys(named) if name]


def find_missing_columns(
    cart: Cart, resource: Resource, header: list[str]
) -> list[str]:
    return [name for name in list_columns(cart, resource) if name not in header]


def load_mapping(cart: Cart, resource: Resource) -> dict[str, str]:
    return read_mapping(cart.settings.get(f"{resource.value}_fields", ""))


@contextmanager
def open_cart_file(path: str) -> Iterator[BinaryIO]:
    try:
        file = default_storage.open(path, "rb")
    except OSError as gone:
        raise JobFailed(
            _("ファイルが残っていません。もう一度アップロードしてください。")
        ) from gone
    with file:
        yield cast(BinaryIO, file.file)


def run_file_step(job: Job) -> bool:
    """Load the next records. Raise JobFailed with the row and the remedy where the file cannot be read any further."""
    try:
        return load_next_records(job)
    except ValidationError as unreadable:
        raise JobFailed(" ".join(unreadable.messages)) from unreadable


def load_next_records(job: Job) -> bool:
    """Load the next records. The lines of one order are never parted."""
    params = read_params(job, CartFile)
    cart = Cart.objects.filter(pk=params.cart).first()
    if not cart:
        raise JobFailed(_("カートが削除されています。"))
    resource = Resource(params.resource)
    with open_cart_file(params.path) as file:
        if not job.cursor:
            wanted = set(list_columns(cart, resource))
            head = read_cart_head(file, params.delimiter, wanted)
            reader = CsvReader(file, params.delimiter)
            reader.take(head.skipped + 1)
            job.cursor = reader.offset
            is_news = has_changes(cart, resource)
            first = {"header": head.header, "row": head.skipped + 2}
            job.result = {**first, "is_news": is_news}
        header, row = job.result["header"], job.result["row"]
        reader = CsvReader(file, params.delimiter, job.cursor, row)
        records = reader.take(BATCH)
        ended, offset = len(records) < BATCH, reader.offset
        mapping = load_mapping(cart, resource)
        kept = len(records)
        if not ended:
            kept = find_last_group(
                resource, header, records, mapping.get("external_id", "")
            )
            kept = kept or len(records)
            again = CsvReader(file, params.delimiter, job.cursor, row)
            again.take(kept)
            offset = again.offset
    rows, wrong = parse_records(
        resource, header, records[:kept], mapping, datetime.fromisoformat(params.at)
    )
    is_news = job.result.get("is_news", True)
    stored = store_rows(cart, resource, rows, is_news=is_news)
    record_progress(job, kept, offset, stored, [row + place for place in wrong])
    return ended


def has_changes(cart: Cart, resource: Resource) -> bool:
    """Return whether the file tells changes; a cart's first whole file of subscriptions tells how they have long been.

    A first one that failed half way is no reason to take its second try for news.
    """
    return resource != Resource.SUBSCRIPTIONS or cart.knows_subscriptions


def record_progress(
    job: Job, kept: int, offset: int, stored: int, wrong: list[int]
) -> None:
    before = job.result
    job.cursor, job.done = offset, job.done + kept
    job.total = max(job.total, job.done)
    job.result = {
        **before,
        "row": before["row"] + kept,
        "stored": before.get("stored", 0) + stored,
        "wrong": before.get("wrong", 0) + len(wrong),
        "rows": (before.get("rows", []) + wrong)[:MOST_NAMED],
    }


def end_cart_file(job: Job) -> None:
    """Delete the file, and have linked what it brought."""
    params = read_params(job, CartFile)
    transaction.on_commit(lambda: default_storage.delete(params.path))
    cart = Cart.objects.select_related("tenant").filter(pk=params.cart).first()
    if not cart:
        return
    if job.state == Job.State.FAILED and not job.operator:
        notify(FILE_FAILED, cart, reason="file")
    if job.state == Job.State.DONE and params.resource == Resource.SUBSCRIPTIONS:
        cart.knows_subscriptions = True
        cart.save(update_fields=["knows_subscriptions"])
    poll_now(cart)


def describe_outcome(job: Job) -> list[str]:
    """Return what came of it, sentence by sentence."""
    found = [_("%(n)s件を保存しました。") % {"n": f"{job.result.get('stored', 0):,}"}]
    if wrong := job.result.get("wrong", 0):
        rows = "、".join(str(row) for row in job.result["rows"])
        words = _(
            "%(n)s行は、必要な列が空か日付を読み取れないため、取り込みませんでした（%(rows)s行目%(more)s）。"
        )
        more = _("ほか") if wrong > len(job.result["rows"]) else ""
        found.append(words % {"n": f"{wrong:,}", "rows": rows, "more": more})
    return found


def describe_job(job: Job) -> str:
    cart = Cart.objects.filter(pk=read_params(job, CartFile).cart).first()
    return _("「%(cart)s」のファイルの取り込み") % {"cart": cart or ""}


LOADING = Kind(
    KIND,
    describe_job,
    run_file_step,
    EDIT,
    lines=describe_outcome,
    ended=end_cart_file,
    label=gettext_lazy("カートのファイルの取り込み"),
    params=CartFile,
)
