"""申請をCSVで追加: all rows or none, with what is wrong by line."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cartsync.models import Cart
from rpa.models import CancellationRequest
from tenants.models import Wakeup

UPLOAD = "/t/sakura/rpa/requests/upload/"
pytestmark = pytest.mark.usefixtures("sakura")
HEAD = "種類,氏名,電話番号,メールアドレス,商品名,理由,余分"


def send(client: Client, cart: Cart, *lines: str, encoding: str = "utf-8") -> object:
    content = "\r\n".join((HEAD, *lines)).encode(encoding)
    file = SimpleUploadedFile("requests.csv", content)
    return client.post(UPLOAD, {"cart": cart.public_id, "file": file})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_every_row_is_a_request(ed: Client, cart: Cart, encoding: str) -> None:
    lines = (
        "解約,山田 花子,,a@example.jp,青汁,余っている,x",
        "pause,,,b@example.jp,,,",
    )
    answer = send(ed, cart, *lines, encoding=encoding)
    assert answer.headers["Location"] == "/t/sakura/rpa/requests/"  # type: ignore[attr-defined]
    rows = CancellationRequest.objects.order_by("pk")
    assert [(row.kind, row.given, row.product, row.reason) for row in rows] == [
        (
            "cancel",
            {"name": "山田 花子", "email": "a@example.jp"},
            "青汁",
            "余っている",
        ),
        ("pause", {"email": "b@example.jp"}, "", ""),
    ]
    assert all(row.made_by and row.made_by.login_id == "ed" for row in rows)
    assert Wakeup.objects.filter(kind="rpa.work").count() == 2


def test_one_wrong_row_and_nothing_is_stored(ed: Client, cart: Cart) -> None:
    answer = send(
        ed, cart, "解約,,,a@example.jp,,,", "返品,,,b@example.jp,,,", "解約,,,,,,"
    )
    form = answer.context["form"]  # type: ignore[attr-defined]
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert [problem.line for problem in form.problems] == [3, 4]
    assert form.problems[0].text.startswith("種類：")
    assert form.problems[1].text.startswith("メールアドレス：")
    assert CancellationRequest.objects.count() == 0


@pytest.mark.parametrize(
    "content",
    [b"", "氏名\n山田".encode(), HEAD.encode(), HEAD.encode() + b"\n\xff\xfe\xff"],
)
def test_a_file_that_is_none(ed: Client, cart: Cart, content: bytes) -> None:
    file = SimpleUploadedFile("requests.csv", content)
    answer = ed.post(UPLOAD, {"cart": cart.public_id, "file": file})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])


def test_the_sample_comes_in_again(ed: Client, cart: Cart) -> None:
    sample = ed.get(f"{UPLOAD}sample/").content
    file = SimpleUploadedFile("requests.csv", sample)
    assert ed.post(UPLOAD, {"cart": cart.public_id, "file": file}).status_code == 302
    assert CancellationRequest.objects.get().kind == "cancel"


def test_who_only_looks_adds_none(vic: Client, cart: Cart) -> None:
    assert vic.get(UPLOAD).status_code == 403
