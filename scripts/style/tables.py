"""Where ``# fmt: skip`` stands, and whether what it guards is a table of data.

A table is written out over two lines or more, is given a name, returned, or handed to ``parametrize``, and has six
entries or two rows. Its cells are constants, names, and calls of those such as ``_("…")`` or ``Column("a", "b")``.
"""

import ast
import io
import tokenize
from collections.abc import Iterator

MARK = "fmt: skip"
FEWEST_ENTRIES = 6
FEWEST_ROWS = 2
WRAPPERS = {"frozenset", "set", "tuple", "dict", "MappingProxyType"}
Display = ast.List | ast.Tuple | ast.Set | ast.Dict


def find_skips(text: str) -> list[int]:
    """Return the lines that bear the mark."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [
        token.start[0]
        for token in tokens
        if token.type == tokenize.COMMENT and MARK in token.string
    ]


def find_skips_of_no_table(text: str) -> list[int]:
    """Return the lines that bear the mark although no table of data ends there."""
    tables = {value.end_lineno for value in find_tables(ast.parse(text))}
    return [line for line in find_skips(text) if line not in tables]


def find_tables(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield each expression that is a table of data, the decorator where it is one of ``parametrize``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return):
            if node.value and is_table(node.value):
                yield node.value
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and is_parametrized(decorator):
                    yield decorator


def is_parametrized(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "parametrize"
        and len(call.args) > 1
        and is_table(call.args[1])
    )


def is_table(value: ast.expr) -> bool:
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in WRAPPERS
        and len(value.args) == 1
        and not value.keywords
    ):
        value = value.args[0]
    if not isinstance(value, Display) or value.lineno == value.end_lineno:
        return False
    entries = list_entries(value)
    rows = [entry for entry in entries if isinstance(entry, Display)]
    many = len(entries) >= FEWEST_ENTRIES or len(rows) >= FEWEST_ROWS
    return many and is_data(value)


def list_entries(value: Display) -> list[ast.expr]:
    return value.values if isinstance(value, ast.Dict) else value.elts


def is_data(cell: ast.expr) -> bool:
    """Return whether the cell is constants, names and calls of those: nothing that computes or chooses."""
    if isinstance(cell, ast.Constant | ast.Name):
        return True
    if isinstance(cell, ast.Attribute | ast.Starred):
        return is_data(cell.value)
    if isinstance(cell, ast.UnaryOp):
        return is_data(cell.operand)
    if isinstance(cell, ast.BinOp):
        return is_data(cell.left) and is_data(cell.right)
    if isinstance(cell, ast.Dict):
        keys = [key for key in cell.keys if key]
        return all(is_data(each) for each in [*keys, *cell.values])
    if isinstance(cell, ast.List | ast.Tuple | ast.Set):
        return all(is_data(each) for each in cell.elts)
    if isinstance(cell, ast.Call):
        given = [*cell.args, *(keyword.value for keyword in cell.keywords)]
        return is_data(cell.func) and all(is_data(each) for each in given)
    return False
