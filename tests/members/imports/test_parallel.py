"""Two parts of a load beside each other, by two connections that really commit."""

from collections.abc import Callable, Iterator
from threading import current_thread, main_thread
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from jobs import runner
from members.identity.answers import record_answer
from members.imports.load import jobs as kinds
from members.imports.load import load as loading
from members.imports.read import upload
from members.models import (
    Attribute,
    AttributeValue,
    IdentityRecord,
    Member,
    MemberChange,
    MemberImport,
)
from operators.models import Operator
from tenants.models import Tenant
from tenants.scope import open_tenant_scope

FILE = "氏名,メールアドレス,メモ\r\n" + "".join(
    f"会員{n},a{n}@example.jp,メモ{n}\r\n" for n in range(10)
)
NAMES = {f"a{n}@example.jp": f"会員{n}" for n in range(10)}


@pytest.fixture
def source(
    transactional_db: None,
    settings: Any,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MemberImport]:
    """Ten rows, checked; two of the members are there by another name. The load is about to begin, two rows a part."""
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    monkeypatch.setattr(loading, "PART_SIZE", 2)
    monkeypatch.setattr(loading, "PARALLEL_ABOVE", 4)
    monkeypatch.setattr(runner, "AT_ONCE", 0)
    operator = Operator.objects.create_operator(
        "aiko", "correct horse battery", name="藍子"
    )
    with open_tenant_scope(Tenant.objects.create(slug="sakura", name="さくら")):
        with transaction.atomic():
            Attribute.objects.create(name="メモ", name_key="メモ", kind="text")
            for n in (1, 2):
                Member.objects.create(
                    name="旧",
                    name_key="旧",
                    email=f"a{n}@example.jp",
                    email_key=f"a{n}@example.jp",
                )
            made = upload.accept_upload(
                ContentFile(FILE.encode(), name="会員.csv"), operator
            )
            job = kinds.start_import_check(made, operator)
        finish(job.pk)
        with transaction.atomic():
            made.refresh_from_db()
            kinds.start_import_load(made, operator)
            made.refresh_from_db()
        assert made.counts["new"] == 8 and made.counts["changed"] == 2
        yield made


def finish(job_id: int) -> None:
    while not runner.run_next_step(job_id):
        pass


def counted() -> tuple[int, int, int]:
    return (
        Member.objects.count(),
        IdentityRecord.objects.count(),
        AttributeValue.objects.count(),
    )


def once(
    act: Callable[..., Any], error: Exception, when: Callable[..., bool]
) -> Callable[..., Any]:
    """``act``, after which the worker dies, the first time that ``when`` says so."""
    died = []

    def dies(*args: Any) -> Any:
        done = act(*args)
        if not died and when(*args):
            died.append(1)
            raise error
        return done

    return dies


def test_every_row_comes_in_once_by_who_did_it(
    source: MemberImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, lanes = loading.load_part, []

    def noted(*args: Any) -> None:
        lanes.append((args[0]["after"], current_thread() is main_thread()))
        load(*args)

    monkeypatch.setattr(loading, "load_part", noted)
    finish(source.job_id)
    assert sorted(lanes) == [(0, True), (3, False), (5, True), (7, False), (9, True)]
    with transaction.atomic():
        assert dict(Member.objects.values_list("email_key", "name")) == NAMES
        assert counted() == (10, 10, 10)
        changes = MemberChange.objects.order_by("pk").values_list(
            "operator__name", "source", "before__name", "after__name"
        )
        assert {change for change in changes if change[2]} == {
            ("藍子", "import", "旧", "会員1"),
            ("藍子", "import", "旧", "会員2"),
        }


def test_a_kill_between_the_two_commits_repeats_nothing(
    source: MemberImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second part is there, the first is not; before it goes on, somebody answers anew."""
    monkeypatch.setattr(
        loading,
        "load_next_parts",
        once(loading.load_next_parts, RuntimeError("killed"), lambda *args: True),
    )
    with pytest.raises(RuntimeError, match="killed"):
        finish(source.job_id)
    with transaction.atomic():
        assert sorted(Member.objects.values_list("name", flat=True)) == [
            "会員2",
            "会員3",
            "旧",
        ]
        two = Member.objects.get(email_key="a2@example.jp")
        record_answer(
            two,
            IdentityRecord.Source.OPERATOR,
            received_at=timezone.now(),
            name="新しい名前",
        )
        AttributeValue.objects.filter(member__email_key="a3@example.jp").update(
            text="直した"
        )
    finish(source.job_id)
    with transaction.atomic():
        assert dict(Member.objects.values_list("email_key", "name")) == {
            **NAMES,
            "a2@example.jp": "新しい名前",
        }
        assert counted() == (10, 11, 10)
        assert (
            AttributeValue.objects.get(member__email_key="a3@example.jp").text
            == "直した"
        )
        source.refresh_from_db()
        assert (source.state, source.counts["new"], source.counts["changed"]) == (
            "done",
            8,
            2,
        )


def test_what_fails_beside_is_not_passed_over(
    source: MemberImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = lambda *args: current_thread() is not main_thread()  # noqa: E731
    monkeypatch.setattr(
        loading, "load_part", once(loading.load_part, RuntimeError("killed"), beside)
    )
    with pytest.raises(RuntimeError, match="killed"):
        finish(source.job_id)
    with transaction.atomic():
        assert counted() == (2, 0, 0)
    finish(source.job_id)
    with transaction.atomic():
        assert (counted(), dict(Member.objects.values_list("email_key", "name"))) == (
            (10, 10, 10),
            NAMES,
        )
