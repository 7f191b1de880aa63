"""A load part by part, by a connection that really commits."""

from collections.abc import Iterator
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


def test_every_row_comes_in_once_by_who_did_it(
    source: MemberImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, parts = loading.load_part, []

    def noted(*args: Any) -> None:
        parts.append(args[0]["after"])
        load(*args)

    monkeypatch.setattr(loading, "load_part", noted)
    finish(source.job_id)
    assert parts == [0, 3, 5, 7, 9]
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


def test_a_kill_after_a_part_repeats_nothing(
    source: MemberImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second part dies before its commit; before the load goes on, somebody answers anew."""
    load, died = loading.load_part, []

    def dies(*args: Any) -> None:
        load(*args)
        if args[0]["after"] and not died:
            died.append(1)
            raise RuntimeError("killed")

    monkeypatch.setattr(loading, "load_part", dies)
    with pytest.raises(RuntimeError, match="killed"):
        finish(source.job_id)
    with transaction.atomic():
        assert counted() == (3, 2, 2)
        one = Member.objects.get(email_key="a1@example.jp")
        record_answer(
            one,
            IdentityRecord.Source.OPERATOR,
            received_at=timezone.now(),
            name="新しい名前",
        )
        AttributeValue.objects.filter(member__email_key="a0@example.jp").update(
            text="直した"
        )
    finish(source.job_id)
    with transaction.atomic():
        assert dict(Member.objects.values_list("email_key", "name")) == {
            **NAMES,
            "a1@example.jp": "新しい名前",
        }
        assert counted() == (10, 11, 10)
        assert (
            AttributeValue.objects.get(member__email_key="a0@example.jp").text
            == "直した"
        )
        source.refresh_from_db()
        assert (source.state, source.counts["new"], source.counts["changed"]) == (
            "done",
            8,
            2,
        )
