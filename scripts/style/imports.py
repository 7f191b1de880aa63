"""Circles among modules that import each other, wherever in a file the import stands."""

import ast
from collections.abc import Iterator

from scripts.style.source import Module

Graph = dict[str, set[str]]


def find_cycles(modules: list[Module]) -> list[list[str]]:
    """Return each set of modules that reach each other by imports, sorted; the largest first."""
    graph = build_graph(modules)
    circles = [sorted(found) for found in find_components(graph) if len(found) > 1]
    return sorted(circles, key=lambda circle: (-len(circle), circle))


def build_graph(modules: list[Module]) -> Graph:
    """Return which modules of the product each of them imports, itself left out."""
    names = {module.name for module in modules}
    return {
        module.name: set(find_imports(module, names)) - {module.name}
        for module in modules
    }


def find_imports(module: Module, names: set[str]) -> Iterator[str]:
    """Yield the modules that it imports, inside functions as well, but for those of ``if TYPE_CHECKING``."""
    for node in walk_at_runtime(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom):
            source = resolve_source(module, node)
            for alias in node.names:
                # ``from a.b import c`` names the module a.b.c where there is one, or something within a.b.
                found = (
                    f"{source}.{alias.name}"
                    if f"{source}.{alias.name}" in names
                    else source
                )
                if found in names:
                    yield found


def walk_at_runtime(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the node and all below it, without what only a type checker reads."""
    yield node
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        children: list[ast.AST] = list(node.orelse)
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from walk_at_runtime(child)


def resolve_source(module: Module, node: ast.ImportFrom) -> str:
    """Return the full name of what stands between ``from`` and ``import``."""
    if not node.level:
        return node.module or ""
    package = (
        module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    )
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def find_components(graph: Graph) -> list[set[str]]:
    """Return the strongly connected components, by Kosaraju: backwards, in the order in which a walk ended."""
    backwards: Graph = {name: set() for name in graph}
    for name, targets in graph.items():
        for target in targets:
            backwards[target].add(name)
    seen: set[str] = set()
    order = [name for start in graph for name in walk_from(start, graph, seen)]
    seen = set()
    components = (set(walk_from(start, backwards, seen)) for start in reversed(order))
    return [component for component in components if component]


def walk_from(start: str, graph: Graph, seen: set[str]) -> list[str]:
    """Return what is reached and not yet seen, each after all that it leads to; add it to ``seen``."""
    if start in seen:
        return []
    seen.add(start)
    ended: list[str] = []
    path = [(start, iter(sorted(graph[start])))]
    while path:
        name, targets = path[-1]
        target = next((target for target in targets if target not in seen), None)
        if target is None:
            ended.append(name)
            path.pop()
        else:
            seen.add(target)
            path.append((target, iter(sorted(graph[target]))))
    return ended
