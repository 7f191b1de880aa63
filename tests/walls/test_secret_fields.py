"""A secret that was typed into a form that is refused does not come back in the page."""

import importlib
import re
from collections.abc import Iterator

import pytest
from django import forms
from django.conf import settings

from tests.walls.test_urls import addresses

SECRET = re.compile(r"secret|token|password|oldpassword")
# What its name says, and nothing to hide.
NO_SECRETS = {"drop_token", "passwordless"}


def list_forms(form: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    yield form
    for child in form.__subclasses__():
        yield from list_forms(child)


def find_secret_fields() -> dict[str, forms.Field]:
    for name in settings.ACCOUNT_FORMS.values():
        importlib.import_module(name.rpartition(".")[0])
    for urlconf in ("config.urls", "config.urls_console", "config.urls_public"):
        list(addresses(urlconf))
    return {
        f"{form.__module__}.{form.__qualname__}.{name}": field
        for form in list_forms(forms.Form)
        for name, field in getattr(form, "base_fields", {}).items()
        if SECRET.search(name)
        and name not in NO_SECRETS
        and not form.__module__.startswith("tests.")
    }


def test_no_secret_comes_back() -> None:
    found = find_secret_fields()
    ours = {name for name in found if not name.startswith(("django.", "allauth."))}
    assert len(ours) >= 6, ours
    shown = [
        name
        for name, field in found.items()
        if "typed-before" in field.widget.render("x", "typed-before")
    ]
    assert shown == []


@pytest.mark.parametrize("name", ["channel_secret", "access_token"])
def test_a_line_accounts_secrets_stay_away(name: str) -> None:
    from messaging.screens.accounts.forms import AccountForm

    html = str(AccountForm({name: "typed-before", "channel_id": "x"}))
    assert "typed-before" not in html
