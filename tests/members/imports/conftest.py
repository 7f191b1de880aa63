from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from members.models import MemberImport
from tenants.models import Tenant

NEW = "/t/sakura/members/imports/new/"
ON = {"add": "on", "update": "on", "keys": ["id", "line", "email", "phone"]}


def page(source: MemberImport, part: str = "") -> str:
    return f"/t/sakura/members/imports/{source.public_id}/{part}"


def upload(client: Client, data: bytes | str, name: str = "会員.csv") -> Any:
    content = data.encode() if isinstance(data, str) else data
    return client.post(NEW, {"file": SimpleUploadedFile(name, content)})


def guessed(source: MemberImport, **changed: Any) -> dict[str, Any]:
    """What the second step's form sends when nothing is changed but what is named."""
    mapping, header = source.settings["mapping"], source.settings["header"]
    return {
        **{f"c{place}": mapping[name] for place, name in enumerate(header)},
        **ON,
        **changed,
    }


@pytest.fixture
def checked(
    sakura: Tenant, ed: Client, settings: Any, tmp_path: Any
) -> Callable[..., MemberImport]:
    """A file uploaded and checked with the guessed mapping."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        },
    }

    def check(
        data: bytes | str, name: str = "会員.csv", **changed: Any
    ) -> MemberImport:
        answer = upload(ed, data, name)
        assert answer.status_code == 302, answer.context["form"].errors
        source = MemberImport.objects.order_by("-pk")[0]
        answer = ed.post(page(source, "columns/"), guessed(source, **changed))
        assert answer.status_code == 302, answer.context["form"].errors
        source.refresh_from_db()
        return source

    return check


@pytest.fixture
def loaded(
    checked: Callable[..., MemberImport], ed: Client
) -> Callable[..., MemberImport]:
    def load(data: bytes | str, **changed: Any) -> MemberImport:
        source = checked(data, **changed)
        ed.post(page(source, "load/"))
        source.refresh_from_db()
        return source

    return load
