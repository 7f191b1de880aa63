"""The watched folder of a cart of files: each file once, errors shown, moved aside."""

import os
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.test import Client

from cartsync.files.leftovers import delete_left_files
from cartsync.files.load import CartFile, get_files_folder
from cartsync.files.watch import list_settled_files
from cartsync.models import Cart, WatchedFile
from cartsync.sync.notices import describe_file_notices
from cartsync.sync.poll import poll_cart
from jobs.disk_full import store_whole_file
from jobs.models import Job
from jobs.params import dump_params
from operators.models import Notice
from tenants.models import Tenant
from tests.cartsync.files.test_files import CUSTOMERS, PEOPLE, shop

__all__ = ["shop"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(shop: Cart, settings: object, tmp_path: Path) -> Iterator[Path]:
    settings.CART_FILES_FOLDER = str(tmp_path)  # type: ignore[attr-defined]
    found = tmp_path / "sakura" / str(shop.public_id)
    found.mkdir(parents=True)
    yield found


def lay(folder: Path, name: str, text: str = PEOPLE, age: float = 300) -> Path:
    path = folder / name
    path.write_text(text)
    os.utime(path, (time.time() - age,) * 2)
    return path


def poll(cart: Cart) -> str:
    poll_cart(cart.tenant, cart.pk)
    return str(cart.runs.newest()[0].outcome)


def notices(cart: Cart) -> list[dict[str, str]]:
    told = Notice.objects.filter(kind="cart.file_failed", subject_id=cart.pk)
    return list(told.values_list("data", flat=True))


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.csv"))


def test_a_file_is_loaded_once_and_moved_aside(shop: Cart, folder: Path) -> None:
    lay(folder, "customers-1.csv")
    assert poll(shop) == "success"
    assert shop.customers.count() == 2
    assert names(folder) == ["done/customers-1.csv"]
    (taken,) = WatchedFile.objects.all()
    assert (taken.name, taken.error, taken.job and taken.job.state) == (
        "customers-1.csv",
        "",
        "done",
    )
    poll(shop)
    assert WatchedFile.objects.count() == 1


def test_one_that_could_not_be_moved_is_not_loaded_again(
    shop: Cart, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Nothing catches it."""

    def die(name: str) -> None:
        if name == "cart.file_taken":
            raise Killed

    lay(folder, "customers.csv")
    monkeypatch.setattr("cartsync.files.watch.fault_point", die)
    with pytest.raises(Killed):
        poll_cart(shop.tenant, shop.pk)
    assert (names(folder), WatchedFile.objects.count()) == (["customers.csv"], 1)
    monkeypatch.setattr("cartsync.files.watch.fault_point", lambda name: None)
    poll(shop)
    assert names(folder) == ["done/customers.csv"]
    assert WatchedFile.objects.count() == 1


def test_the_same_content_later_is_another_file(shop: Cart, folder: Path) -> None:
    lay(folder, "customers.csv", age=900)
    poll(shop)
    lay(folder, "customers.csv", age=300)
    poll(shop)
    assert WatchedFile.objects.count() == 2
    assert len(names(folder)) == 2


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("kokyaku.csv", PEOPLE, "ファイル名から内容が分かりません"),
        (
            "customers.csv",
            "番号,名前\n1,花子\n",
            "列「顧客ID、姓、名、メール、電話」がファイルにありません",
        ),
        ("subscriptions.csv", "a,b\n1,2\n", "この内容の列が決まっていません"),
    ],
)
def test_one_that_cannot_be_loaded_says_why(
    aiko: Client, shop: Cart, folder: Path, name: str, text: str, words: str
) -> None:
    lay(folder, name, text)
    poll(shop)
    assert names(folder) == [f"failed/{name}"]
    page = aiko.get(f"/t/sakura/carts/{shop.public_id}/").content.decode()
    assert words in page
    assert f"sakura/{shop.public_id}" in page
    assert notices(shop) == [{"reason": "file"}]


def test_only_whole_files_are_taken_customers_first(folder: Path) -> None:
    lay(folder, "orders.csv", age=900)
    lay(folder, "顧客.csv", age=200)
    lay(folder, "orders-new.csv", age=5)
    lay(folder, ".customers.csv"), lay(folder, "customers.csv.part")
    (folder / "customers-link.csv").symlink_to("/etc/hostname")
    (folder / "done").mkdir()
    assert [path.name for path in list_settled_files(folder)] == [
        "顧客.csv",
        "orders.csv",
    ]


def test_without_a_folder_nothing_is_watched(
    aiko: Client, shop: Cart, sakura: Tenant, settings: object
) -> None:
    settings.CART_FILES_FOLDER = ""  # type: ignore[attr-defined]
    assert poll(shop) == "success"
    page = aiko.get(f"/t/sakura/carts/{shop.public_id}/").content.decode()
    assert "監視フォルダー" not in page


def test_a_folder_that_cannot_be_read_is_an_error(
    shop: Cart, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned = os.scandir

    def refuse(path: object) -> Any:
        if path == folder:
            raise PermissionError
        return scanned(path)  # type: ignore[call-overload]

    monkeypatch.setattr("cartsync.files.watch.os.scandir", refuse)
    assert poll(shop) == "try_later"
    assert shop.runs.newest()[0].error == "folder"
    assert shop.settings["customers_fields"] == CUSTOMERS
    assert notices(shop) == []
    for _time in range(3):
        poll(shop)
    assert notices(shop) == [{"reason": "folder"}]


def test_one_that_cannot_be_read_stops_no_other_and_is_told_once(
    shop: Cart, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(folder, "customers-a.csv", age=900)
    lay(folder, "customers-b.csv")
    opened, moved = os.open, Path.rename

    def refuse(path: Path, *args: int) -> int:
        if Path(path).name == "customers-a.csv":
            raise PermissionError
        return opened(path, *args)

    def stay(path: Path, target: Path) -> Path:
        if path.name == "customers-a.csv":
            raise PermissionError
        return moved(path, target)

    monkeypatch.setattr("cartsync.files.watch.os.open", refuse)
    with monkeypatch.context() as stuck:  # nor can it be moved
        stuck.setattr("cartsync.files.watch.Path.rename", stay)
        assert [poll(shop), poll(shop)] == ["success", "success"]
    assert names(folder) == ["customers-a.csv", "done/customers-b.csv"]
    assert shop.customers.count() == 2
    assert poll(shop) == "success"
    assert names(folder) == ["done/customers-b.csv", "failed/customers-a.csv"]
    errors = dict(WatchedFile.objects.values_list("name", "error"))
    assert errors["customers-b.csv"] == ""
    assert errors["customers-a.csv"].startswith("ファイルを読み取る権限がありません")
    assert notices(shop) == [{"reason": "file"}]


def test_one_that_cannot_be_moved_is_loaded_once_and_told_once(
    shop: Cart, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stay(path: Path, target: Path) -> None:
        raise PermissionError

    monkeypatch.setattr("cartsync.files.watch.Path.rename", stay)
    lay(folder, "customers.csv")
    assert [poll(shop), poll(shop)] == ["success", "success"]
    assert names(folder) == ["customers.csv"]
    assert WatchedFile.objects.count() == Job.objects.count() == 1
    assert notices(shop) == [{"reason": "folder"}]


def test_a_load_that_fails_is_told_for_nobody_started_it(
    shop: Cart, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise ValidationError("3行目で引用符が閉じていません。")

    monkeypatch.setattr("cartsync.files.load.load_next_records", fail)
    lay(folder, "customers.csv")
    poll(shop)
    (taken,) = WatchedFile.objects.all()
    assert taken.job and taken.job.state == "failed"
    assert notices(shop) == [{"reason": "file"}]
    assert describe_file_notices(Notice.objects.all())[
        Notice.objects.get().pk
    ].args == (shop.public_id,)


def test_a_stored_file_without_a_job_is_deleted_after_a_day(
    shop: Cart, settings: Any, tmp_path: Path
) -> None:
    """A process was killed between storing the file and its job."""
    folder = get_files_folder()
    new, old, used = (
        store_whole_file(f"{folder}/{name}.csv", BytesIO(b"1"))
        for name in ("new", "old", "used")
    )
    for path in (old, used):
        before = time.time() - 2 * 86_400
        os.utime(default_storage.path(path), (before, before))
    params = CartFile(shop.pk, "customers", used, ",", "2026-11-30T00:00:00+00:00")
    Job.objects.create(kind="cartsync.file", params=dump_params(params))
    assert delete_left_files() == 1
    assert [default_storage.exists(path) for path in (new, old, used)] == [
        True,
        False,
        True,
    ]
    Job.objects.update(state=Job.State.STOPPED)
    poll(shop)
    assert [default_storage.exists(path) for path in (new, used)] == [True, False]


def test_a_name_in_shift_jis_is_read_and_stops_nobody(shop: Cart, folder: Path) -> None:
    lay(folder, os.fsdecode("顧客.csv".encode("cp932")))
    assert poll(shop) == "success"
    assert (shop.customers.count(), WatchedFile.objects.get().name) == (2, "顧客.csv")


def test_a_file_that_is_taken_away_again_stops_nobody(
    shop: Cart, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [folder / "gone.csv", lay(folder, "customers.csv")]
    monkeypatch.setattr("cartsync.files.watch.list_settled_files", lambda _: found)
    assert poll(shop) == "success"
    assert shop.customers.count() == 2


def test_one_laid_down_again_after_the_settings_were_mended_is_loaded(
    shop: Cart, folder: Path
) -> None:
    fields = shop.settings.pop("customers_fields")
    shop.save()
    lay(folder, "customers.csv")
    poll(shop)
    assert names(folder) == ["failed/customers.csv"]
    shop.settings["customers_fields"] = fields
    shop.save()
    (folder / "failed" / "customers.csv").rename(folder / "customers.csv")
    poll(shop)
    assert names(folder) == ["done/customers.csv"]
    (taken,) = WatchedFile.objects.all()
    assert (taken.error, shop.customers.count()) == ("", 2)
