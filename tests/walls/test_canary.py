"""A customer whose data is known word for word walks through everything, and an operator looks for them everywhere.
Afterwards the words stand where they belong, and neither in an address, a log, Valkey, a cookie nor the audit log."""

import base64
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from cartsync.models import Cart
from config.defaults.logs import DiscreetFormatter
from forms_builder.models import Field, Form
from forms_builder.public import context
from forms_builder.versions import store_version
from jobs.models import Job
from members.models import Attribute, IdentityRecord, Member, ValueList
from messaging.channels.line.tokens import Claims
from messaging.models import LineAccount
from operators.models import AuditEntry
from tenants.models import Tenant

NAME, LINE_NAME, USER_ID = "佐久間 金糸雀", "かなりあちゃん", "U" + "ca9a51" * 5 + "00"
EMAIL, PHONE, WISH, TALK = (
    "canary.bird@example.jp",
    "090-8765-4321",
    "内密の相談です",
    "秘密の話です",
)
WORDS = [
    "佐久間", "金糸雀", "かなりあ", USER_ID, "canary.bird", "8765-4321", "87654321", WISH, TALK,
    "channel-secret-q1w2e3", "access-token-q1w2e3", "cart-token-q1w2e3",
]  # fmt: skip
SECRETS = WORDS[-3:]
LINKS = re.compile(
    r'\b(?:href|src|action|formaction|hx-(?:get|post|put|push-url)|data-[a-z-]+)="([^"]*)"'
)
PAGE_OF_OUTSIDE = re.compile(r"^(?:mailto|tel):")


class Walker(Client):
    """Keeps every address that was asked for, led to or linked to, every cookie and every page."""

    def __init__(self) -> None:
        super().__init__(raise_request_exception=False)
        self.addresses: list[str] = []
        self.cookies_set: list[str] = []
        self.pages: list[str] = []

    def request(self, **request: Any) -> HttpResponse:
        response = super().request(**request)
        self.addresses += [f"{request['PATH_INFO']}?{request.get('QUERY_STRING', '')}"]
        self.addresses += [
            response.headers.get("Location", ""),
            response.headers.get("HX-Redirect", ""),
        ]
        self.cookies_set += [
            morsel.OutputString() for morsel in response.cookies.values()
        ]
        body = (
            response.getvalue() if response.streaming else response.content
        ).decode()
        self.addresses += [
            link for link in LINKS.findall(body) if not PAGE_OF_OUTSIDE.match(link)
        ]
        self.pages.append(body)
        return response

    def follow(self, response: HttpResponse) -> None:
        assert response.status_code == 302
        assert self.get(response.headers["Location"]).status_code == 200


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What the processes write, as they write it, at the level of production."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keeper, root = Keeper(logging.INFO), logging.getLogger()
    keeper.setFormatter(DiscreetFormatter("%(levelname)s %(name)s %(message)s"))
    level = root.level
    root.addHandler(keeper), root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(keeper), root.setLevel(level)


def in_valkey() -> list[str]:
    """Every name and every value, whatever its type."""
    valkey = cache._cache.get_client()  # type: ignore[attr-defined]
    readers = {
        b"string": valkey.get,
        b"hash": valkey.hgetall,
        b"set": valkey.smembers,
        b"list": lambda key: valkey.lrange(key, 0, -1),
        b"zset": lambda key: valkey.zrange(key, 0, -1),
    }
    found = []
    for key in valkey.scan_iter(count=1000):
        value = readers.get(valkey.type(key), str)(key)
        parts = value if isinstance(value, (list, set)) else [value]
        found += [readable(key), *(readable(part) for part in parts)]
    return found


def readable(value: Any) -> str:
    """Broker messages hold their body in base64."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text + "".join(
        base64.b64decode(part).decode("utf-8", "replace")
        for part in re.findall(r'"body": "([^"]+)"', text)
    )


def spoken_of(texts: list[str]) -> set[tuple[str, str]]:
    return {
        (word, text[:200])
        for text in texts
        for word in WORDS
        if word in text or word in unquote(text)
    }


@pytest.fixture
def form(sakura: Tenant, monkeypatch: pytest.MonkeyPatch) -> Form:
    account = LineAccount.objects.create(
        name="公式",
        channel_id="2001",
        channel_secret=SECRETS[0],
        access_token=SECRETS[1],
        login_channel_id="3001",
        liff_id="3001-a",
        basic_id="@sakura",
    )
    Cart.objects.create(
        name="本店",
        kind="ecforce",
        settings={"base_url": "http://127.0.0.1:9", "token": SECRETS[2]},
    )
    form = Form.objects.create(account=account, name="本人確認", title="ご本人確認")
    for position, kind in enumerate(("name", "phone", "email", "text"), start=1):
        Field.objects.create(
            form=form, position=position, kind=kind, label=kind, is_required=False
        )
    store_version(form)
    monkeypatch.setattr(context, "FASTEST_SECONDS", 0)
    claims = Claims(USER_ID, LINE_NAME, "https://profile.line-scdn.net/0h")
    monkeypatch.setattr(
        "forms_builder.public.open_form.verify_id_token", lambda *args: claims
    )
    return form


def customer_walks(customer: Walker, form: Form) -> None:
    base, text = (
        f"/p/sakura/f/{form.public_id}/",
        form.fields.get(kind="text").input_name,
    )
    customer.get(base)
    opened = customer.post(f"{base}open/", {"id_token": f"{NAME}.{EMAIL}"})
    ticket = re.search(r'name="ticket" value="([^"]+)"', opened.content.decode())[1]  # type: ignore[index]
    typed = {
        "ticket": ticket,
        "website": "",
        "name": NAME,
        "email": EMAIL,
        "phone": PHONE,
        text: WISH,
    }
    assert (
        customer.post(base, typed | {"phone": "090-8765-432100000"}).status_code == 422
    )
    assert customer.post(base, typed | {"ticket": f"{ticket}x"}).status_code == 410
    customer.follow(customer.post(base, typed))
    customer.follow(customer.post(base, typed))
    customer.post(f"{base}open/", {"id_token": "again"})  # now with what is known
    account = form.account
    event = {
        "type": "message", "webhookEventId": "01", "timestamp": 1_790_000_000_000,
        "source": {"type": "user", "userId": USER_ID}, "message": {"type": "text", "text": TALK},
    }  # fmt: skip
    body = json.dumps({"events": [event]}).encode()
    mac = base64.b64encode(
        hmac.new(SECRETS[0].encode(), body, hashlib.sha256).digest()
    ).decode()
    hook = f"/p/sakura/hooks/line/{account.webhook_key}/"
    for signature, status in ((mac, 200), ("wrong", 403)):
        sent = customer.post(
            hook,
            body,
            content_type="application/json",
            headers={"x-line-signature": signature},
        )
        assert sent.status_code == status


def operator_looks(operator: Walker, form: Form) -> None:
    member, shop = Member.objects.get(), "/t/sakura"
    page = f"{shop}/members/{member.public_id}/"
    for text in (NAME, PHONE, EMAIL, LINE_NAME):
        operator.follow(operator.post(f"{shop}/members/search/", {"q": text}))
    pasted = operator.post(f"{shop}/members/paste/", {"text": f"{EMAIL}, {EMAIL}x"})
    operator.follow(pasted)
    key = ValueList.objects.get().public_id
    assert (
        f"{EMAIL}x"
        in operator.post(f"{shop}/members/paste/{key}/not-found/").content.decode()
    )
    operator.post(
        f"{shop}/members/bulk/{pasted.headers['Location'].partition('/members/')[2]}",
        {"action": "tag", "scope": "all"},
    )
    wrong = {"name": NAME, "phone": f"{PHONE}0000000", "email": EMAIL}
    assert operator.post(f"{page}edit/", wrong).status_code == 422
    operator.follow(
        operator.post(
            f"{page}edit/", {"name": f"{NAME}子", "phone": "", "email": f"x{EMAIL}"}
        )
    )
    oldest = IdentityRecord.objects.order_by("pk").first()
    operator.follow(
        operator.post(f"{shop}/members/answers/{oldest.public_id}/restore/")
    )
    operator.follow(operator.post(f"{page}tags/add/", {"new_tag": "常連"}))
    operator_works(operator, page)
    for path in (
        "members/",
        "messages/log/",
        "carts/",
        "carts/review/",
        "messages/accounts/",
        f"messages/accounts/{form.account.public_id}/",
        f"carts/{Cart.objects.get().public_id}/settings/",
        f"contents/liff/{form.public_id}/",
        f"contents/liff/{form.public_id}/answers/",
        "members/?link=known&after=nothing",
    ):
        assert operator.get(f"{shop}/{path}").status_code == 200, path


def operator_works(operator: Walker, page: str) -> None:
    """Everything that an operator may type or upload about the customer."""
    members = "/t/sakura/members/"
    member = Member.objects.get()
    cell = f"{members}cells/{member.public_id}/name/"
    operator.follow(operator.post(cell, {"value": f"{NAME}美", "before": member.name}))
    operator.follow(
        operator.post(f"{page}notes/add/", {"kind": "memo", "text": f"{NAME} {WISH}"})
    )
    inquiry = {"subject": f"{NAME}様", "text": WISH, "mark": "open"}
    operator.follow(operator.post(f"{page}inquiries/add/", inquiry))
    bulk = {
        "action": "inquire",
        "ids": [member.public_id],
        "confirm": "1",
        "expected": "1",
        **inquiry,
    }
    assert operator.post(f"{members}bulk/", bulk).status_code == 302
    wish = Attribute.objects.create(name="ご要望", kind="text")
    value = {"action": "set", "attribute": wish.public_id, "value": WISH}
    assert operator.post(f"{members}bulk/", {**bulk, **value}).status_code == 302
    new = {"name": NAME, "email": f"y{EMAIL}", "phone": PHONE, "note": WISH}
    assert operator.post(f"{members}new/", new).status_code == 422  # somebody alike
    other = Member.objects.create(name=f"{NAME}次", email=f"z{EMAIL}")
    operator.post(f"/t/sakura/members/{other.public_id}/merge/", {"q": NAME})
    ids = [member.public_id, other.public_id]
    assert operator.post(f"{members}merge/", {"ids": ids}).status_code == 200
    node = {
        "node": ["0::group", "1:0:row"],
        "field-1": "name",
        "was-1": "name",
        "way-1": "0",
        "value-1-text": NAME,
    }
    found = operator.post(f"{members}filter/", {**node, "do": "apply"})
    operator.follow(found)
    query = found.headers["Location"].partition("?")[2]
    operator.follow(
        operator.post(f"{members}segments/new/?{query}", {"name": "探している方"})
    )
    rows = f"氏名,メール\r\n{NAME}三,w{EMAIL}\r\n{NAME}四,{EMAIL}@@\r\n"
    uploaded = operator.post(
        f"{members}imports/new/",
        {"file": SimpleUploadedFile(f"{NAME}.csv", rows.encode())},
    )
    operator.follow(uploaded)
    columns = uploaded.headers["Location"]
    operator.follow(
        operator.post(
            columns, {"c0": "name", "c1": "email", "keys": ["email"], "add": "on"}
        )
    )
    imported = columns.removesuffix("columns/")
    operator.follow(operator.post(f"{imported}load/"))
    assert operator.post(f"{imported}wrong/").status_code == 200
    assert operator.post(f"{page}delete/").status_code == 302
    assert operator.post(f"{page}undelete/").status_code == 302
    for path in (
        "",
        "segments/",
        "inquiries/",
        "imports/",
        "tags/",
        "attributes/",
        "export/",
        "exports/",
    ):
        address = f"{path}?{query}" if path in ("", "export/") else path
        assert operator.get(members + address).status_code == 200, path
    for tab in ("all", "answers", "notes", "tags", "changes"):
        assert operator.get(f"{page}?tab={tab}").status_code == 200
    assert operator.get("/t/sakura/jobs/").status_code == 200


@pytest.fixture
def walked(
    form: Form,
    aiko: Client,
    monkeypatch: pytest.MonkeyPatch,
    logged: list[str],
    settings: Any,
    tmp_path: Any,
    django_capture_on_commit_callbacks: Any,
) -> tuple[Walker, Walker]:
    cache.clear()
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path},
    }
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    customer, operator = Walker(), Walker()
    operator.cookies = aiko.cookies
    with django_capture_on_commit_callbacks(execute=True):
        customer_walks(customer, form)
        operator_looks(operator, form)
        with monkeypatch.context() as broken:
            broken.setattr(
                "members.screens.profile.views.MemberForm.answered", lambda self: 1 / 0
            )
            edit = f"/t/sakura/members/{Member.objects.get(line_user_id=USER_ID).public_id}/edit/"
            assert (
                operator.post(edit, {"name": NAME, "email": EMAIL}).status_code == 500
            )
        stranger = {"login": EMAIL, "password": WISH}
        assert customer.post("/login/", stranger).status_code == 200
        customer.post("/password/reset/", {"email": EMAIL})
    return customer, operator


def test_the_words_stay_where_they_belong(
    walked: tuple[Walker, Walker], logged: list[str], tmp_path: Any
) -> None:
    customer, operator = walked
    # They have been everywhere, or this test would prove nothing.
    assert (
        NAME in "".join(operator.pages)
        and EMAIL in "".join(operator.pages)
        and WISH in "".join(operator.pages)
    )
    assert (
        len(operator.addresses) > 500
        and len(in_valkey()) > 5
        and any("ZeroDivisionError" in line for line in logged)
    )

    assert spoken_of(customer.addresses + operator.addresses) == set()
    assert spoken_of(customer.cookies_set + operator.cookies_set) == set()
    assert spoken_of(logged) == set()
    assert spoken_of(in_valkey()) == set()
    assert spoken_of([str(path) for path in tmp_path.rglob("*")]) == set()
    audit = [
        f"{row.target} {json.dumps(row.data, ensure_ascii=False)}"
        for row in AuditEntry.objects.all()
    ]
    assert len(audit) > 5 and spoken_of(audit) == set()
    jobs = [
        json.dumps([job.params, job.result, job.note], ensure_ascii=False)
        for job in Job.objects.all()
    ]
    assert len(jobs) > 3 and spoken_of(jobs) == set()


def test_no_page_shows_a_secret(walked: tuple[Walker, Walker]) -> None:
    """Nor does a page of the public side show what the customer has not just typed there."""
    customer, operator = walked
    assert [
        word
        for word in SECRETS
        for page in customer.pages + operator.pages
        if word in page
    ] == []
    opened_again = next(
        page for page in reversed(customer.pages) if 'name="ticket"' in page
    )
    assert [
        word for word in (NAME, EMAIL, PHONE, USER_ID, WISH) if word in opened_again
    ] == []
    assert "ca***" in opened_again
