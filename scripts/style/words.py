"""Names and docstrings: a public function is verb + noun, its name is unique in its app, its docstring imperative."""

import ast
import re
from collections import defaultdict
from dataclasses import dataclass

from scripts.style.source import Function, Module, walk_functions
from scripts.style.verbs import PREDICATES, VERBS

# A registry's decorator, Django's hook, a program's entrance; `wake` and `woken` make a wakeup and answer it, and a
# `fault_point` is what the field calls a place where tests let something fail.
ALLOWED = {"register", "ready", "main", "wake", "woken", "notify", "fault_point"}
FIRST_WORDS = re.compile(r"([A-Z][a-z]+)(?:[.,:]|(?=\s)|$)(?:\s+(\S+))?")
NOT_METHODS = {"property", "cached_property"}


@dataclass(frozen=True)
class PublicFunction:
    """A function at the top of a module whose name begins with no underscore."""

    module: Module
    node: Function

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def place(self) -> str:
        return f"{self.module.path}:{self.node.lineno} {self.name}"

    @property
    def is_view(self) -> bool:
        """Whether its first parameter is ``request`` and its module, or the folder of it, is called views…"""
        arguments = [*self.node.args.posonlyargs, *self.node.args.args]
        parts = self.module.path.with_suffix("").parts
        in_views = any(part == "views" or part.startswith("views_") for part in parts)
        return in_views and bool(arguments) and arguments[0].arg == "request"

    @property
    def is_template_word(self) -> bool:
        """Whether templates write its name: a tag or a filter."""
        return "templatetags" in self.module.path.parts or any(
            ast.unparse(decorator).startswith("register")
            for decorator in self.node.decorator_list
        )

    @property
    def is_one_word(self) -> bool:
        return "_" not in self.name

    @property
    def begins_with_verb(self) -> bool:
        return self.name.split("_")[0] in VERBS | PREDICATES


def find_public_functions(modules: list[Module]) -> list[PublicFunction]:
    """Return those whose names the house rules: views, template tags and filters, and ``ALLOWED`` left out."""
    functions = (
        PublicFunction(module, node)
        for module in modules
        for node in module.tree.body
        if isinstance(node, Function) and not node.name.startswith("_")
    )
    return [
        function
        for function in functions
        if not function.is_view
        and not function.is_template_word
        and function.name not in ALLOWED
    ]


def find_one_word_functions(modules: list[Module]) -> list[PublicFunction]:
    return [
        function for function in find_public_functions(modules) if function.is_one_word
    ]


def find_functions_without_verb(modules: list[Module]) -> list[PublicFunction]:
    """Return the functions of several words whose first is no verb."""
    functions = find_public_functions(modules)
    return [
        function
        for function in functions
        if not function.is_one_word and not function.begins_with_verb
    ]


def find_shared_names(modules: list[Module]) -> dict[str, list[PublicFunction]]:
    """Return the functions of each name that two modules of one app have, by "app: name"."""
    found: dict[str, dict[str, PublicFunction]] = defaultdict(dict)
    for function in find_public_functions(modules):
        found[f"{function.module.app}: {function.name}"].setdefault(
            function.module.name, function
        )
    return {
        name: list(functions.values())
        for name, functions in sorted(found.items())
        if len(functions) > 1
    }


def find_docstrings(modules: list[Module]) -> dict[str, str]:
    """Return the docstring of each function and method that has one, by "path:line name".

    A property is a noun, so it may be described as one and is left out.
    """
    return {
        f"{module.path}:{node.lineno} {node.name}": docstring
        for module in modules
        for node in walk_functions(module)
        if not is_property(node) and (docstring := ast.get_docstring(node))
    }


def is_property(node: Function) -> bool:
    return any(
        ast.unparse(decorator).split(".")[-1] in NOT_METHODS
        for decorator in node.decorator_list
    )


def is_imperative(docstring: str) -> bool:
    """Return whether it begins with a capital and a verb of our list in its bare form: "Return …", not "Returns …".

    "List of …" and "Count of …" are nouns, whatever the list says.
    """
    found = FIRST_WORDS.match(docstring)
    return found is not None and found[1].lower() in VERBS and found[2] != "of"
