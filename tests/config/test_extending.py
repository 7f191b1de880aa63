import inspect
from importlib import import_module

from scripts.extending import APPS, PAGE, find_class, read_comments, write_page


def test_the_page_is_what_the_classes_say() -> None:
    """If not: python -m scripts.extending"""
    assert PAGE.read_text() == write_page()


def test_every_field_says_what_it_means() -> None:
    for app in APPS:
        module = import_module(f"{app}.extension")
        comments = read_comments(inspect.getsource(find_class(module)))
        assert [name for name, text in comments.items() if not text] == ["app"]
