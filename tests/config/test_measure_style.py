"""`python -m scripts.measure_style`, on small trees whose numbers can be counted by hand."""

from pathlib import Path

import pytest

from scripts.measure_style import Number, format_number, measure_all
from scripts.style.imports import find_cycles
from scripts.style.sizes import count_modules, count_tokens, find_long_lines
from scripts.style.source import (
    find_packages,
    find_stylesheets,
    find_templates,
    read_modules,
)
from scripts.style.words import (
    find_docstrings,
    find_functions_without_verb,
    find_one_word_functions,
    find_public_functions,
    find_shared_names,
    is_imperative,
)


def make_tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_product_is_what_is_no_test_and_no_tool(tmp_path: Path) -> None:
    packages = ("members", "config", "tests", "bench", "scripts")
    files = {f"{package}/__init__.py": "" for package in packages}
    make_tree(
        tmp_path,
        files
        | {
            "docs/page.py": "",
            "members/migrations/0001.py": "",
            "members/tags/names.py": "",
        },
    )
    assert find_packages(tmp_path) == ["config", "members"]
    assert [module.name for module in read_modules(tmp_path)] == [
        "config",
        "members",
        "members.tags.names",
    ]


def test_modules_are_counted_in_each_folder_without_its_rooms(tmp_path: Path) -> None:
    files = ("__init__.py", "apps.py", "urls.py", "tags/__init__.py", "tags/names.py")
    make_tree(tmp_path, {f"members/{name}": "" for name in files})
    assert count_modules(read_modules(tmp_path)) == {"members/": 2, "members/tags/": 1}


def test_names_of_public_functions(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {
            "members/__init__.py": "",
            "members/tags.py": "def rows(): ...\ndef _rows(): ...\ndef link_tags(): ...\nclass A:\n    def b(): ...\n",
            "members/lists.py": "def link_tags(): ...\ndef tag_rows(): ...\ndef is_list(): ...\ndef name_of(): ...\n",
            "members/views_lists.py": "def show(request): ...\ndef narrow(rows): ...\n",
            "members/kinds.py": "def register(kind): ...\ndef show(request): ...\n",
            "shops/__init__.py": "async def link_tags(): ...\n",
        },
    )
    modules = read_modules(tmp_path)
    assert len(find_public_functions(modules)) == 9
    assert [function.name for function in find_one_word_functions(modules)] == [
        "show",
        "rows",
        "narrow",
    ]
    assert [function.name for function in find_functions_without_verb(modules)] == [
        "name_of"
    ]
    shared = find_shared_names(modules)
    places = {
        name: [function.place for function in found] for name, found in shared.items()
    }
    assert places == {
        "members: link_tags": [
            "members/lists.py:1 link_tags",
            "members/tags.py:3 link_tags",
        ]
    }


@pytest.mark.parametrize(
    ("docstring", "imperative"),
    [
        ("Return the members.", True),
        ("Lock, then link.", True),
        ("Returns the members.", False),
        ("The members.", False),
        ("return the members.", False),
        ("List of members.", False),
        ("List the members.", True),
        ("Retry-After in seconds.", False),
        ("``form``: what is asked.", False),
        ("会員", False),
    ],
)
def test_an_imperative_begins_with_a_verb_in_its_bare_form(
    docstring: str, imperative: bool
) -> None:
    assert is_imperative(docstring) == imperative


def test_docstrings_are_those_of_functions_and_methods_but_properties(
    tmp_path: Path,
) -> None:
    text = (
        '"""A module."""\n'
        'class A:\n    """A class."""\n'
        '    def b(self):\n        """Return b."""\n'
        '    @property\n    def c(self):\n        """The c."""\n'
        '    @functools.cached_property\n    def d(self):\n        """The d."""\n'
    )
    make_tree(tmp_path, {"members/__init__.py": text})
    assert find_docstrings(read_modules(tmp_path)) == {
        "members/__init__.py:4 b": "Return b."
    }


def test_tokens_are_counted_where_they_begin(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {
            "members/__init__.py": '# Why.\n\nSQL = """\nSELECT 1\n"""  # said\n\ncall(\n    a,\n)\n'
        },
    )
    (module,) = read_modules(tmp_path)
    assert count_tokens(module) == {3: 3, 7: 2, 8: 2, 9: 1}


def test_long_lines_of_templates_and_stylesheets(tmp_path: Path) -> None:
    files = {
        "members/__init__.py": "",
        "templates/a.html": f"{'a' * 121}\n{'b' * 120}\n",
        "members/templates/members/b.html": "",
        "members/templates/members/b.txt": "c" * 200,
        "tests/templates/c.html": "",
        "static/css/a.css": "d" * 130,
    }
    make_tree(tmp_path, files)
    templates = find_templates(tmp_path)
    assert [path.name for path in templates] == ["b.html", "a.html"]
    assert find_long_lines(templates, tmp_path) == {"templates/a.html:1": 121}
    assert find_long_lines(find_stylesheets(tmp_path), tmp_path) == {
        "static/css/a.css:1": 130
    }


def test_circles_of_imports_wherever_the_import_stands(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {
            "a/__init__.py": "",
            "a/one.py": "from a import two\n",
            "a/two.py": "def f():\n    import a.three\n",
            "a/three.py": "from .one import name\n",
            "a/four.py": "if typing.TYPE_CHECKING:\n    from a.five import name\nelse:\n    import a.one\n",
            "a/five.py": "from a.four import name\nimport os\n",
            "b/__init__.py": "from .one import c\n",
            "b/one.py": "from . import two\n",
            "b/two.py": "from b import c\n",
        },
    )
    assert find_cycles(read_modules(tmp_path)) == [
        ["a.one", "a.three", "a.two"],
        ["b", "b.one", "b.two"],
    ]


def test_the_report_of_a_small_tree(tmp_path: Path) -> None:
    text = 'def rows() -> int:\n    """The rows."""\n    return 1\n'
    make_tree(
        tmp_path,
        {
            "members/__init__.py": "",
            "members/listing.py": text,
            "templates/a.html": "a" * 130,
        },
    )
    numbers = {
        number.title: (number.value, number.met) for number in measure_all(tmp_path)
    }
    assert numbers == {
        "modules in one folder, most": ("1", True),
        "lines of a file, median / p90 / max": ("3 / 3 / 3", True),
        "lines of a function, median / p90 / max": ("3 / 3 / 3", None),
        "public functions of one word": ("100.0 % (1 of 1)", False),
        "public functions of more words without a verb in front": ("0", True),
        "names that two modules of an app share": ("0", True),
        "modules named …ing.py": ("100.0 %", None),
        "docstrings that begin with an imperative": ("0.0 % (of 1)", False),
        "functions with a return type": ("1 of 1", True),
        "tokens in a line of code, mean": ("3.33", True),
        "template characters on lines over 120": ("100.0 % (longest 130)", False),
        "CSS characters on lines over 120": ("0.0 %", True),
        "fmt: skip where no table of data stands": ("0 (of 0)", True),
        "circles of imports": ("0", True),
    }


def test_a_line_says_whether_the_goal_is_met() -> None:
    assert format_number(Number("rows", "3", "<= 2", False)).split() == [
        "rows",
        "3",
        "<=",
        "2",
        "NOT",
        "MET",
    ]
    assert format_number(Number("rows", "3")).split() == ["rows", "3"]
