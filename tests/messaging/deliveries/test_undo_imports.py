"""An import whose tag starts step messages: a way back before anybody is written to."""

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from jobs import runner
from members.imports import summaries
from members.imports.load import jobs as kinds
from members.imports.read import upload
from members.models import Member, MemberImport, MemberTag
from messaging.models import Delivery
from operators.models import Operator
from tests.messaging.conftest import Shop, make_scenario


def brought_in(shop: Shop, tmp_path: Any, settings: Any) -> MemberImport:
    """Two new members with the shop's tag, which a step message waits for."""
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    lines = "".join(
        f"会員{n},a{n}@example.jp,U{n:032x},{shop.tag.name}\r\n" for n in range(2)
    )
    operator = Operator.objects.get(login_id="ed")
    with shop.open():
        make_scenario(shop.account, shop.tag)
        file = ContentFile(
            f"氏名,メール,LINEユーザーID,タグ\r\n{lines}".encode(), name="a.csv"
        )
        source = upload.accept_upload(file, operator)
        kinds.start_import_check(source, operator)
        source.refresh_from_db()
        kinds.start_import_load(source, operator)
        source.refresh_from_db()
    return source


def test_the_first_messages_wait_and_nobody_is_kept_for_them(
    shop: Shop, tmp_path: Any, settings: Any
) -> None:
    source = brought_in(shop, tmp_path, settings)
    with shop.open():
        wait = Delivery.objects.earliest("due_at").due_at - timezone.now()
        assert timedelta(minutes=4) < wait <= timedelta(minutes=5)
    shop.dispatch()
    assert shop.states() == {"0": 2}
    with shop.open():
        assert "まだ送っていない2件を取り消します。" in summaries.describe_import_undo(
            source
        )
        kinds.undo_import(source)
        source.refresh_from_db()
        assert source.job
        assert (source.state, summaries.describe_import_undo_outcome(source.job)) == (
            "undone",
            [
                "追加した会員2名を削除し、更新した会員0名を元に戻しました。",
                "まだ送っていないメッセージ2件を取り消しました。",
            ],
        )
        assert (
            Member.objects.filter(deleted_at=None).count(),
            MemberTag.objects.count(),
        ) == (0, 0)
    assert shop.states() == {"5 undone": 2}


def test_who_was_written_to_stays(shop: Shop, tmp_path: Any, settings: Any) -> None:
    source = brought_in(shop, tmp_path, settings)
    with shop.open():
        first = Member.objects.get(email_key="a0@example.jp")
        Delivery.objects.filter(member=first).update(state=Delivery.State.SENT)
        job = runner.undo_job(source.job) if source.job else None
        assert job
        assert {name: job.result[name] for name in summaries.OUTCOME} == {
            "removed": 1,
            "kept": 1,
            "restored": 0,
            "cancelled": 1,
            "sent": 1,
        }
        assert summaries.describe_import_undo_outcome(job)[1:] == [
            "取り込みのあとに回答・タグ・配信・連携などがあった1名は、そのまま残しました。",
            "残した会員：会員0",
            "まだ送っていないメッセージ1件を取り消しました。",
            "1件はすでに送信されていたため、取り消せませんでした。",
        ]
        assert list(Member.objects.filter(deleted_at=None)) == [first]
