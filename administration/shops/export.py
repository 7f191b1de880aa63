"""All rows and files of one shop as one zip: a CSV for each table, the files as they are."""

import json
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection, transaction

from administration.shops.erase import list_kinds_of_files
from tenants.models import Tenant
from tenants.pg.schema import find_tenant_field
from tenants.scope import open_tenant_scope

COPY = "COPY (SELECT * FROM {table} WHERE tenant_id = {tenant:d} ORDER BY 1, 2) TO STDOUT (FORMAT csv, HEADER)"


def export_shop(shop: Tenant, path: Path) -> dict[str, int]:
    """Write the zip and return how many rows each table has, all seen at one moment. Secrets stay encrypted in it."""
    rows: dict[str, int] = {}
    # For whoever runs it alone, and under its name only once it is whole.
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(0o600)
    with ZipFile(part, "w", ZIP_DEFLATED) as zip_file:
        with transaction.atomic(), open_tenant_scope(shop):
            for model in apps.get_models():
                if find_tenant_field(model):
                    table = model._meta.db_table
                    with zip_file.open(f"tables/{table}.csv", "w") as out:
                        rows[table] = copy_table(table, shop, out)
        for kind in list_kinds_of_files():
            copy_folder(f"{kind}/{shop.pk}", zip_file)
        about = {"shop": shop.slug, "name": shop.name, "tables": rows}
        text = json.dumps(about, ensure_ascii=False, indent=1)
        zip_file.writestr("about.json", text)
    part.rename(path)
    return rows


def copy_table(table: str, shop: Tenant, out: IO[bytes]) -> int:
    statement = COPY.format(table=table, tenant=shop.pk)
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in copy:
                out.write(piece)
        return int(cursor.rowcount)


def copy_folder(folder: str, zip_file: ZipFile) -> None:
    if not default_storage.exists(folder):
        return
    folders, files = default_storage.listdir(folder)
    for name in folders:
        copy_folder(f"{folder}/{name}", zip_file)
    for name in files:
        with default_storage.open(f"{folder}/{name}") as file:
            zip_file.writestr(f"files/{folder}/{name}", file.read())
