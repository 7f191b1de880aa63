"""SQL that no model can say, kept in ``<app>/sql/<name>.sql`` and run by a migration."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.migrations import RunPython


def run_sql_file(app: str, name: str, **values: str) -> RunPython:
    """Return the operation that runs ``<app>/sql/<name>.sql``.

    ``@app_role@`` in the file becomes the serving role; any other ``@name@`` becomes the text given by that name.
    """
    path = Path(settings.BASE_DIR) / app / "sql" / f"{name}.sql"

    def run(apps: Any, schema_editor: Any) -> None:
        sql = path.read_text()
        for marker, text in {
            "app_role": schema_editor.quote_name(settings.APP_ROLE),
            **values,
        }.items():
            sql = sql.replace(f"@{marker}@", text)
        schema_editor.execute(sql, None)

    return RunPython(run, RunPython.noop)
