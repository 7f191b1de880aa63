"""A member is deleted on request: no table, file, mail or key of Valkey holds a word of them; others keep theirs."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.utils import timezone

from administration.erasure.job import start_erasing_member
from administration.erasure.person import find_person
from administration.erasure.sweep import SPARED, list_text_columns
from administration.shops.erase import list_erased_models
from cartsync.models import CartCustomer, CartOrder, CartSubscription, Link
from forms_builder.models import Answer, Submission
from jobs.models import Job, JobFile
from jobs.runner import run_job
from members.merge.merge import merge_members
from members.models import Member, MemberImport, Note, SearchText, ValueListText
from messaging.models import (
    Call,
    Content,
    Delivery,
    IncomingMail,
    Suppression,
    WebhookEvent,
)
from operators.models import AuditEntry
from outbound.valkey import connect_valkey
from rpa.models import CancellationRequest, Evidence
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast
from tests.walls.world import World, make_world

EMAIL, PHONE, LINE_ID = "kanaria.tori@example.jp", "+819087654321", "U" + "ca9a51" * 5
NAME = "金糸雀カナリア"
WORDS = [EMAIL, "Kanaria.Tori", PHONE, "090-8765-4321", LINE_ID, NAME]
# Nothing but the person's own: every row of these tables in the world is of the one member.
OWN = {
    "members": "Member Note Inquiry IdentityRecord AttributeValue MemberName MemberChange ImportRow Merge",
    "messaging": "Delivery Call WebhookEvent InboundMessage IncomingMail Bounce Suppression Tester",
    "forms_builder": "Submission Answer",
    "cartsync": "CartCustomer CartOrder CartOrderLine CartSubscription OrderMail Link",
    "rpa": "CancellationRequest Evidence",
}


@pytest.fixture
def world(cast: Cast) -> World:
    """The shop's one member, in every table, with the words in every column that takes them."""
    world = make_world(cast.sakura, cast.aiko)
    make_world(cast.momiji, cast.oscar)
    with open_tenant_scope(cast.sakura):
        with transaction.atomic():
            bind_world(world)
        write_everywhere()
    return world


def bind_world(world: World) -> None:
    member, cart = world[Member], world[CartCustomer].cart
    who = {"name": NAME, "email": "Kanaria.Tori@example.jp", "email_key": EMAIL}
    who |= {"phone": "090-8765-4321", "phone_e164": PHONE}
    Member.objects.filter(pk=member.pk).update(line_user_id=LINE_ID, **who)
    CartCustomer.objects.update(cart=cart, external_id="c1", line_id="", **who)
    world_order = {"cart": cart, "customer_external_id": "c1", "email_key": EMAIL}
    CartOrder.objects.update(name=NAME, **world_order)
    CartSubscription.objects.update(cart=cart, customer_external_id="c1")
    Suppression.objects.update(address=EMAIL)
    Link.objects.update(ended_at=None)
    WebhookEvent.objects.update(user_id=LINE_ID, payload={"text": NAME})
    Call.objects.update(state=Call.State.ACCEPTED, values={"name": NAME})
    SearchText.objects.update(text=EMAIL)
    ValueListText.objects.update(keys=f"a{EMAIL}\n{EMAIL}\nother@example.jp")
    IncomingMail.objects.update(text=f"{NAME}様\n{EMAIL}", to="shop@example.jp")
    CancellationRequest.objects.update(
        state="verified", given={"name": NAME, "email": EMAIL}, candidates={"a": NAME}
    )
    Evidence.objects.update(data={"name": NAME, "email": EMAIL})


def write_everywhere() -> None:
    """Write the address into every column of every table, and the name into the person's own."""
    own = {f"{app}.{name}" for app, names in OWN.items() for name in names.split()}
    written = 0
    for model in list_erased_models():
        for field in list_text_columns(model):
            word = f"{NAME} {EMAIL}" if model._meta.label in own else f"x {EMAIL}"
            if isinstance(field, models.JSONField):
                value: Any = {"at": f"\n{word}"}
            else:
                value = word
            if model in SPARED or field.name in KEPT_COLUMNS:
                continue
            try:
                with transaction.atomic():
                    written += model._base_manager.update(**{field.name: value})
            except (DatabaseError, ValueError):
                pass
    assert written > 100


# By these a row is found, or they decide what becomes of it.
KEPT_COLUMNS = {
    "public_id", "kind", "key", "user_id", "path", "address", "customer_external_id", "external_id", "email_key",
    "mail_address", "keys", "params", "state", "action", "settings", "submission_key", "record", "to",
}  # fmt: skip


def find_words(shop: Tenant) -> list[tuple[str, str]]:
    """Return (table, word) wherever one stands, among the shop's own tables and those of no shop."""
    found = []
    with transaction.atomic(), open_tenant_scope(shop), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for word in WORDS:
                cursor.execute(
                    f"SELECT 1 FROM {table} t WHERE t::text ILIKE %s LIMIT 1",
                    [f"%{word}%"],
                )
                if cursor.fetchone():
                    found.append((table, word))
    # What is encrypted is read as the code reads it.
    with transaction.atomic(), open_tenant_scope(shop):
        for model, name in ((CancellationRequest, "given"), (Evidence, "data")):
            for row in model._default_manager.all():
                if any(word in str(getattr(row, name)) for word in WORDS):
                    found.append((model._meta.label, name))
    # A longer address of somebody else stays there: check_rows looks at the whole text.
    return [pair for pair in found if pair[0] != "members_valuelisttext"]


def run(job: Job) -> Job:
    while run_job(job.pk):
        pass
    job.refresh_from_db()
    return job


def test_nothing_is_left_of_a_deleted_member(
    cast: Cast, world: World, django_capture_on_commit_callbacks: Any
) -> None:
    shop = cast.sakura
    tables = {table for table, _word in find_words(shop)}
    assert len(tables) > 40
    others = find_words(cast.momiji)
    paths = [f"exports/{shop.pk}/a.zip", f"imports/{shop.pk}/b.csv"]
    for path in paths:
        default_storage.delete(path)
        default_storage.save(path, ContentFile(f"{NAME},{EMAIL}".encode()))
    with open_tenant_scope(shop):
        Job.objects.update(kind="members.export", state="done")
        JobFile.objects.update(path=paths[0])
        MemberImport.objects.update(
            path=paths[1], state="done", loaded_at=timezone.now(), settings={}
        )
        member = Member.objects.get(pk=world[Member].pk)
        with django_capture_on_commit_callbacks(execute=True):
            job = run(start_erasing_member(member, cast.aiko))
    assert (job.state, job.note, job.done) == ("done", "", job.total)
    assert find_words(shop) == []
    assert [path for path in paths if default_storage.exists(path)] == []
    assert not any(
        word.encode() in (connect_valkey().dump(key) or b"")
        for key in connect_valkey().scan_iter()
        for word in WORDS
    )
    assert find_words(cast.momiji) == others
    with open_tenant_scope(shop):
        check_rows(world[Member].pk)


def check_rows(pk: int) -> None:
    text = ValueListText.objects.get().keys
    assert text == f"a{EMAIL}\n［削除済み］\nother@example.jp"
    left = [Member, Submission, Answer, Delivery, CartCustomer, CartOrder, Evidence]
    assert {model.__name__ for model in left if model._base_manager.exists()} == set()
    said = AuditEntry.objects.filter(action="member.deleted").get()
    assert said.data["members"] == [pk]


def make_two(shop: Tenant) -> tuple[Member, Member]:
    """A member, and one who has the same number and a longer address."""
    one = Member.objects.create(
        name=NAME, email=EMAIL, email_key=EMAIL, phone_e164=PHONE, line_user_id=LINE_ID
    )
    other = Member.objects.create(
        name="金糸雀カナリア",
        email=f"a{EMAIL}",
        email_key=f"a{EMAIL}",
        phone_e164=PHONE,
    )
    return one, other


def test_others_keep_what_is_theirs_too(sakura: Tenant) -> None:
    one, other = make_two(sakura)
    person = find_person(one.pk)
    assert (person.emails, person.phones, person.sharing) == ({EMAIL}, set(), 1)
    note = Note.objects.create(
        member=other,
        at=timezone.now(),
        text=f"{PHONE} a{EMAIL} <{EMAIL}> {EMAIL}. {EMAIL}.au {LINE_ID}",
    )
    assert run(start_erasing_member(one, None)).state == "done"
    note.refresh_from_db()
    mark = "［削除済み］"
    assert note.text == f"{PHONE} a{EMAIL} <{mark}> {mark}. {EMAIL}.au {mark}"
    assert list(Member.objects.values_list("email_key", flat=True)) == [f"a{EMAIL}"]


def test_merged_members_go_along(sakura: Tenant, cast: Cast) -> None:
    one, other = make_two(sakura)
    merge_members(other, [one], {}, cast.aiko)
    assert run(start_erasing_member(other, None)).state == "done"
    assert not Member.objects.exists()


def test_what_a_group_message_and_others_share_stays(cast: Cast, world: World) -> None:
    """One request to LINE carries many: the others' ids stay in it, and so does its text."""
    with open_tenant_scope(cast.sakura):
        share_a_message(world)


def share_a_message(world: World) -> None:
    one = Member.objects.get(pk=world[Member].pk)
    content = Content.objects.create(text="みなさまへ")
    other = Member.objects.create(name="別の方", line_user_id="U0")
    call = Call.objects.get()
    Call.objects.update(kind="multi", content=content, to=[LINE_ID, "U0"], values=None)
    for member in (one, other):
        Delivery.objects.create(
            sender=call.sender,
            member=member,
            content=content,
            call=call,
            planned_at=timezone.now(),
            due_at=timezone.now(),
            state=Delivery.State.SENT,
        )
    Call.objects.update(state=Call.State.OPEN)
    job = run(start_erasing_member(one, None))
    assert (job.state, "一括送信が進行中" in job.note) == ("failed", True)
    Call.objects.update(state=Call.State.ACCEPTED)
    Job.objects.filter(pk=job.pk).update(state="waiting")
    assert run(job).state == "done"
    call.refresh_from_db()
    assert call.to == ["［削除済み］", "U0"]
    assert Content.objects.filter(pk=content.pk).exists()
    assert Delivery.objects.get(call=call).member == other


def test_a_killed_worker_is_followed(sakura: Tenant, cast: Cast) -> None:
    one, _other = make_two(sakura)
    job = start_erasing_member(one, cast.aiko)
    Member.objects.filter(
        pk=one.pk
    ).delete()  # the last step was done, and not recorded
    assert run(job).state == "done"


def test_the_page_says_what_goes_and_what_stays(
    sakura: Tenant, aiko: Client, ed: Client
) -> None:
    one, _other = make_two(sakura)
    page = f"/t/sakura/settings/erasure/{one.public_id}/"
    assert (
        page in aiko.get(f"/t/sakura/members/{one.public_id}/delete/").content.decode()
    )
    assert ed.get(page).status_code == 403
    shown = aiko.get(page).content.decode()
    assert ("監査ログ：いつ" in shown, "ほかの会員1名" in shown) == (True, True)
    assert aiko.post(page, {}).status_code == 422
    one.refresh_from_db()
    assert one.deleted_at is None
    moved = aiko.post(page, {"sure": "on"})
    job = Job.objects.get()
    assert moved.headers["Location"] == f"/t/sakura/jobs/{job.public_id}/"
    one.refresh_from_db()
    assert one.deleted_at and timezone.now() - one.deleted_at < timedelta(minutes=5)
    assert run(job).state == "done"
    assert Member.objects.count() == 1


def test_the_command_deletes_at_once(sakura: Tenant) -> None:
    one, _other = make_two(sakura)
    with pytest.raises(CommandError, match="another member"):
        call_command("erase_member", "sakura", one.public_id, "--sure", "x")
    call_command(
        "erase_member",
        "sakura",
        one.public_id,
        "--sure",
        one.public_id,
        stdout=StringIO(),
    )
    assert Member.objects.count() == 1
