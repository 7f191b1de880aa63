"""監査ログ: what stands in it, and that nobody changes it unseen."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from administration.audit_texts import NOUNS, VERBS
from config.engines.embedded import OWNER, SUPERUSER
from operators import audit
from operators.audit_seals import seal_entries, verify_seals
from operators.models import AuditEntry, AuditSeal
from operators.tasks import write_failed_login
from tenants.models import Tenant, Wakeup
from tenants.scope import act_as, open_tenant_scope
from tenants.shops.open import open_shop
from tenants.wakeups import wake
from tests.conftest import PASSWORD, Cast, become, client_for, make_cast
from tests.filtering import FRIDAY

LOG = "/t/sakura/settings/audit/"


@pytest.fixture(autouse=True)
def forget_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def written_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the task that writes failures where it is queued."""
    monkeypatch.setattr(write_failed_login, "delay_on_commit", write_failed_login)


def list_lines() -> list[tuple[str, str, str | None, str]]:
    return [
        (
            each.action,
            each.operator.login_id if each.operator else "",
            each.address,
            each.result,
        )
        for each in AuditEntry.objects.select_related("operator").order_by("pk")
    ]


def as_superuser(statement: str) -> None:
    there = connection.settings_dict
    with psycopg.connect(
        host=there["HOST"],
        port=there["PORT"] or None,
        user=SUPERUSER,
        dbname=there["NAME"],
    ) as db:
        db.execute("SET session_replication_role = replica")
        db.execute(statement)  # type: ignore[call-overload]


# ---------------------------------------------------------------- what stands in it
def test_every_login_failure_and_lock(cast: Cast, written_now: None) -> None:
    visitor = Client()
    for number in range(5):
        visitor.post(
            "/login/",
            {"login": "ed", "password": f"wrong {number}"},
            REMOTE_ADDR=f"192.0.2.{number}",
        )
    visitor.post(
        "/login/",
        {"login": "ED@example.jp", "password": PASSWORD},
        REMOTE_ADDR="192.0.2.9",
    )
    cache.clear()
    visitor.post(
        "/login/", {"login": "ed", "password": PASSWORD}, REMOTE_ADDR="192.0.2.10"
    )
    visitor.post("/logout/", REMOTE_ADDR="192.0.2.10")
    with open_tenant_scope(cast.sakura):
        assert list_lines() == [
            *(
                ("login.failed", "ed", f"192.0.2.{number}", "refused")
                for number in range(5)
            ),
            ("login.locked", "ed", "192.0.2.9", "refused"),
            ("login.done", "ed", "192.0.2.10", "done"),
            ("login.ended", "ed", "192.0.2.10", "done"),
        ]
    with open_tenant_scope(cast.momiji):
        assert list_lines() == []


def test_a_name_that_nobody_has_leaves_no_line(cast: Cast, written_now: None) -> None:
    Client().post("/login/", {"login": "nobody", "password": "wrong"})
    for shop in (cast.sakura, cast.momiji):
        with open_tenant_scope(shop):
            assert list_lines() == []


def test_a_request_says_from_where(sakura: Tenant, aiko: Client) -> None:
    aiko.post(
        "/t/sakura/members/tags/new/",
        {"name": "新しい", "color": "grey"},
        REMOTE_ADDR="192.0.2.7",
    )
    entry = AuditEntry.objects.get(action="tag.made")
    assert (entry.address, entry.source, entry.result) == (
        "192.0.2.7",
        "console",
        "done",
    )


# ---------------------------------------------------------------- the page
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["seat.changed", "tag.made", "tag_folder.made"]),
        ("?q=folder", ["tag_folder.made"]),
        ("?noun=tag", ["tag.made"]),
        ("?by=me", ["tag.made"]),
        ("?by=none", ["seat.changed", "tag_folder.made"]),
        ("?result=refused", ["tag_folder.made"]),
        ("?at_until=2026-11-20", ["tag.made"]),
    ],
)
def test_lines_are_narrowed(
    sakura: Tenant, cast: Cast, aiko: Client, query: str, found: list[str]
) -> None:
    with act_as(cast.aiko):
        audit.record_action("tag.made")
    audit.record_action("tag_folder.made", refused=True)
    audit.record_action(
        "seat.changed", before={"role": "staff"}, after={"role": "viewer"}
    )
    if "at_until" in query:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO operators_auditentry (tenant_id, operator_id, action, target, data, at)"
                " VALUES (%s, %s, 'tag.made', '', '{}', %s)",
                [sakura.pk, cast.aiko.pk, FRIDAY],
            )
    shown = aiko.get(LOG + query).context["shown"]
    assert sorted(line.entry.action for line in shown) == found


def test_a_change_is_shown_before_and_after(sakura: Tenant, aiko: Client) -> None:
    audit.record_action(
        "seat.changed", before={"role": "staff"}, after={"role": "viewer"}, count=3
    )
    audit.record_action("rocket.launched")
    page = aiko.get(LOG).content.decode()
    assert "オペレーター：変更" in page and "count：3" in page
    assert (
        "{&quot;role&quot;: &quot;staff&quot;} → {&quot;role&quot;: &quot;viewer&quot;}"
        in page
    )
    assert "rocket.launched" in page


# ---------------------------------------------------------------- append-only
@pytest.mark.parametrize("role", ["app", OWNER])
@pytest.mark.parametrize("table", ["operators_auditentry", "operators_auditseal"])
@pytest.mark.parametrize(
    "act", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
@pytest.mark.django_db(transaction=True)
def test_nobody_changes_a_line(role: str, table: str, act: str) -> None:
    with transaction.atomic():
        shop = make_cast().sakura
    with open_tenant_scope(shop), transaction.atomic():
        audit.record_action("tag.made")
        seal_entries()
    serving = connection.settings_dict["USER"]
    try:
        become(OWNER if role == OWNER else serving)
        with (
            pytest.raises(DatabaseError, match=r"append-only|permission denied"),
            open_tenant_scope(shop),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(act.format(table))
    finally:
        become(serving)
    with open_tenant_scope(shop), transaction.atomic():
        assert (AuditEntry.objects.count(), AuditSeal.objects.count()) == (1, 1)


# ---------------------------------------------------------------- the seals
def test_each_line_is_sealed_once_and_chained(sakura: Tenant) -> None:
    first, second = audit.record_action("a.made"), audit.record_action("b.made")
    seal = seal_entries()
    assert seal and (seal.entries, seal.previous) == ([first.pk, second.pk], "")
    assert seal_entries() is None
    third = audit.record_action("c.made")
    after = seal_entries()
    assert after and (after.entries, after.previous) == ([third.pk], seal.digest)
    assert list(verify_seals()) == []


def test_a_line_that_commits_late_is_sealed_too(sakura: Tenant) -> None:
    early = audit.record_action("a.made")
    late = AuditEntry(pk=early.pk - 1, action="b.made", target="")
    assert seal_entries()
    late.save(force_insert=True)
    seal = seal_entries()
    assert seal and seal.entries == [late.pk]
    assert list(verify_seals()) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE operators_auditentry SET data = '{\"n\": 2}' WHERE action = 'b.made'", ["its lines were changed"]),
        ("UPDATE operators_auditentry SET operator_id = NULL WHERE action = 'a.made'", ["its lines were changed"]),
        ("DELETE FROM operators_auditentry WHERE action = 'a.made'", ["lines are gone"]),
        ("DELETE FROM operators_auditseal WHERE previous = ''", ["does not follow the one before it"]),
        (
            "UPDATE operators_auditseal SET digest = repeat('0', 64) WHERE previous = ''",
            ["its lines were changed", "does not follow"],
        ),
    ],
)  # fmt: skip
@pytest.mark.django_db(transaction=True)
def test_whoever_goes_round_the_triggers_is_found(
    statement: str, found: list[str]
) -> None:
    with transaction.atomic():
        cast = make_cast()
    for action in ("a.made", "b.made"):
        with open_tenant_scope(cast.sakura), transaction.atomic(), act_as(cast.aiko):
            audit.record_action(action, n=1)
            seal_entries()
    call_command("verify_audit", stdout=StringIO())
    as_superuser(statement)
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=StringIO(), stderr=said)
    lines = said.getvalue().splitlines()
    assert len(lines) == len(found)
    assert all(text in line for text, line in zip(found, lines, strict=True))


def test_a_line_in_no_seal_is_found(sakura: Tenant) -> None:
    wake(sakura, "operators.seal_audit")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO operators_auditentry (tenant_id, action, target, data, at)"
            " VALUES (%s, 'a.made', '', '{}', %s)",
            [sakura.pk, timezone.now() - timedelta(days=2)],
        )
    assert [line.partition(":")[0] for line in verify_seals()] == ["lines in no seal"]


def test_after_days_without_a_worker_all_is_sealed(
    sakura: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operators.audit_seals.MOST", 2)
    wake(sakura, "operators.seal_audit")
    with time_machine.travel(timezone.now() - timedelta(days=9)):
        audit.record_action("a.made")
        seal_entries()
    with time_machine.travel(timezone.now() - timedelta(days=5)):
        for _each in range(3):
            audit.record_action("b.made")
    audit.record_action("c.made")
    seal_entries()
    seals = AuditSeal.objects.order_by("pk")
    assert [len(seal.entries) for seal in seals] == [1, 2, 2]
    assert list(verify_seals()) == []


def test_a_shop_that_nobody_seals_is_found(sakura: Tenant) -> None:
    audit.record_action("a.made")
    assert list(verify_seals()) == []
    with time_machine.travel(timezone.now() - timedelta(hours=2)):
        audit.record_action("b.made")
    assert list(verify_seals()) == ["no timer seals the lines that wait: 1"]
    wake(sakura, "operators.seal_audit")
    assert list(verify_seals()) == []


def test_a_new_shop_begins_to_seal(db: None) -> None:
    shop = open_shop("new", "新店")
    assert Wakeup.objects.filter(tenant=shop, kind="operators.seal_audit").count() == 1


RECORDED = re.compile(r'record_action\(\s*"([a-z_]+)\.([a-z_]+)"')


def test_every_action_has_words() -> None:
    found = {
        match
        for app in apps.get_app_configs()
        if Path(app.path).parent == settings.BASE_DIR
        for path in Path(app.path).rglob("*.py")
        for match in RECORDED.findall(path.read_text())
    }
    assert len(found) > 100
    assert (
        sorted(
            f"{noun}.{verb}"
            for noun, verb in found
            if noun not in NOUNS or verb not in VERBS
        )
        == []
    )


# ---------------------------------------------------------------- as a file
EXPORT = f"{LOG}export/"
REASON = "四半期ごとの内部監査のため"


def read_file(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(text.splitlines()))


def test_the_file_holds_what_the_filters_show(
    sakura: Tenant, cast: Cast, aiko: Client
) -> None:
    with act_as(cast.ed, "console"), audit.record_from("192.0.2.7"):
        audit.record_action("tag.changed", before="=1+1", after="青")
        audit.record_action("member.added", count=2)
    answer = aiko.post(f"{EXPORT}?noun=tag", {"reason": REASON})
    assert answer.headers["Content-Disposition"].startswith(
        "attachment; filename*=utf-8"
    )
    head, line = read_file(answer)
    assert head == [
        "日時",
        "操作",
        "結果",
        "実行した人",
        "ログインID",
        "対象",
        "変更前",
        "変更後",
        "内容",
        "実行元",
        "接続元",
    ]
    assert line[1:] == [
        "タグ：変更",
        "完了",
        "江戸 次郎",
        "ed",
        "",
        "'=1+1",
        "青",
        "",
        "管理画面",
        "192.0.2.7",
    ]
    entry = AuditEntry.objects.get(action="audit.exported")
    assert (entry.operator, entry.data) == (
        cast.aiko,
        {"reason": REASON, "count": 1, "filters": {"noun": "tag"}},
    )


def test_no_file_without_a_reason_or_without_showing_who_it_is(
    sakura: Tenant, cast: Cast, aiko: Client, ed: Client
) -> None:
    assert aiko.post(EXPORT, {"reason": "短い"}).status_code == 422
    unknown = client_for(cast.aiko, confirmed=False)
    asked = unknown.post(EXPORT, {"reason": REASON})
    assert "本人の確認" in asked.content.decode()
    assert ed.post(EXPORT, {"reason": REASON}).status_code == 403
    assert AuditEntry.objects.filter(action="audit.exported").count() == 0


def test_too_long_a_log_is_narrowed_first(
    sakura: Tenant, aiko: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("administration.audit_export.MOST_LINES", 1)
    for _ in range(2):
        audit.record_action("tag.changed")
    refused = aiko.post(f"{EXPORT}?noun=tag", {"reason": REASON})
    assert (refused.status_code, "1件までです" in refused.content.decode()) == (
        422,
        True,
    )
