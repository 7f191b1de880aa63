"""Write docs/extending.md from the classes by which apps extend each other: `python -m scripts.extending`."""

import ast
import dataclasses
import inspect
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "extending.md"
# From the lowest up.
APPS = (
    "tenants",
    "operators",
    "console",
    "jobs",
    "members",
    "messaging",
    "forms_builder",
)
INTRODUCTION = """# Extending an app

*Written by `python -m scripts.extending` from the classes themselves; a test keeps it so. Change them, not this page.*

An app knows the apps below it and imports them plainly. What a lower app must know of an upper one, the upper app hands
in: one instance of the lower app's extension class, built in its `extensions.py` and handed over in
`AppConfig.ready()`:

```python
extend_members(
    MembersExtension("cartsync", tabs=(ORDERS,), finders=(members_of_number,))
)
```

What an app ships itself comes the same way. The order of the apps is that of `INSTALLED_APPS`.

What refers to a tag, an attribute, a segment or a value list is not handed in: it is found by its column
(`UsedKey`, `ConditionField`, `ItemNameField` of `members/models/fields.py`), which says what it is used as.
"""


def write_page() -> str:
    """Return the whole page."""
    return "\n".join([INTRODUCTION, *map(write_app, APPS)])


def write_app(app: str) -> str:
    """Return the part about one app: its fields, what each means, and who uses it today."""
    module = import_module(f"{app}.extension")
    extension = find_class(module)
    comments = read_comments(inspect.getsource(extension))
    rows = [
        f"| `{field.name}` | {comments[field.name]} | {list_users(module, field)} |"
        for field in dataclasses.fields(extension)
        if field.name != "app"
    ]
    head = f"## {extension.__name__} (`{app}/extension.py`)"
    table = ["| field | meaning | used by |", "| --- | --- | --- |", *rows]
    return "\n".join([head, "", *table, ""])


def find_class(module: ModuleType) -> Any:
    """Return the extension class of the module."""
    (found,) = (
        each
        for name, each in vars(module).items()
        if name.endswith("Extension") and each.__module__ == module.__name__
    )
    return found


def read_comments(source: str) -> dict[str, str]:
    """Return each field's meaning: the comment lines above it. Raises KeyError later for a field without one."""
    lines = source.splitlines()
    return {
        str(node.target.id): " ".join(list_comment(lines, node.lineno - 1))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def list_comment(lines: list[str], end: int) -> Iterator[str]:
    """Yield the comment lines that end right above the line of this number."""
    start = end
    while lines[start - 1].strip().startswith("#"):
        start -= 1
    yield from (line.strip().removeprefix("#").strip() for line in lines[start:end])


def list_users(module: ModuleType, field: "dataclasses.Field[Any]") -> str:
    """Return the apps that hand in something there."""
    empty: tuple[object, ...] = ((), {}, "", None, tuple)
    users = [
        f"`{app}`"
        for app, extension in module.extensions.items()
        if getattr(extension, field.name) not in empty
    ]
    return ", ".join(users) or "nobody yet"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    PAGE.write_text(write_page())


if __name__ == "__main__":
    main()
