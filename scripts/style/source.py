"""The source of the product: its packages, modules, templates and style sheets."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Every other package at the root is product: the Django apps, config and sandbox.
NOT_PRODUCT = {"tests", "bench", "scripts"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file: its dotted name, its path below the root, its text and its tree."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def app(self) -> str:
        return self.path.parts[0]

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


def find_packages(root: Path = ROOT) -> list[str]:
    """Return the names of the product's top-level packages, sorted."""
    return sorted(
        path.parent.name
        for path in root.glob("*/__init__.py")
        if path.parent.name not in NOT_PRODUCT
    )


def read_modules(root: Path = ROOT) -> list[Module]:
    """Return every module of the product but its migrations, sorted by path."""
    return [
        read_module(path, root)
        for package in find_packages(root)
        for path in sorted((root / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def read_module(path: Path, root: Path) -> Module:
    relative = path.relative_to(root)
    parts = (
        relative.parent.parts
        if path.name == "__init__.py"
        else relative.with_suffix("").parts
    )
    text = path.read_text()
    return Module(".".join(parts), relative, text, ast.parse(text))


def find_templates(root: Path = ROOT) -> list[Path]:
    return find_assets(root, "templates", "*.html")


def find_stylesheets(root: Path = ROOT) -> list[Path]:
    return find_assets(root, "static", "*.css")


def find_assets(root: Path, folder: str, pattern: str) -> list[Path]:
    """Return the files in that folder of the root and of each package of the product."""
    homes = [root, *(root / package for package in find_packages(root))]
    return sorted(path for home in homes for path in (home / folder).rglob(pattern))


def walk_functions(module: Module) -> Iterator[Function]:
    """Yield every function and method, however deep."""
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def walk_names(module: Module) -> Iterator[str]:
    """Yield the name of every function, method and class, however deep."""
    return (
        node.name
        for node in ast.walk(module.tree)
        if isinstance(node, Function | ast.ClassDef)
    )
