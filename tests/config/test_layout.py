"""Data of an earlier layout are told of, instead of a traceback of a migration that cannot run."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from config.layout import fingerprint_migrations, is_older, refuse_older_layout


def write_migration(root: Path, text: str, sql: str = "") -> dict[str, str]:
    folder = root / "shop" / "migrations"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "0001_initial.py").write_text(text)
    (root / "shop" / "sql").mkdir(exist_ok=True)
    (root / "shop" / "sql" / "search.sql").write_text(sql)
    return fingerprint_migrations(root)


def test_a_rewritten_migration_or_its_sql_is_another_layout(tmp_path: Path) -> None:
    first = write_migration(tmp_path, "a")
    assert list(first) == ["shop.0001_initial"]
    assert write_migration(tmp_path, "a") == first
    assert write_migration(tmp_path, "b") != first
    assert write_migration(tmp_path, "a", "SELECT 1") != first


def test_a_migration_more_is_no_other_layout() -> None:
    assert not is_older(
        '{"shop.0001_initial": "x"}', {"shop.0001_initial": "x", "shop.0002_more": "y"}
    )
    assert is_older('{"shop.0001_initial": "x"}', {"shop.0001_initial": "z"})
    assert is_older(
        '{"shop.0001_initial": "x", "shop.0002_gone": "y"}', {"shop.0001_initial": "x"}
    )
    assert is_older(None, {"shop.0001_initial": "x"})


@pytest.mark.django_db
def test_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as ended:
        refuse_older_layout()
    assert "make reset" in str(ended.value)
    assert str(settings.VAR) in str(ended.value)


@pytest.mark.django_db
def test_an_empty_database_is_no_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO pg_catalog")
        refuse_older_layout()
