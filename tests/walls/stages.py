"""Acts that the world's rows do not let happen as they are: what has to be so before, and what is posted then.

Each is asked for inside the shop's scope; its changes are taken back with those of the act.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.utils import timezone

from administration.shops.erase import request_deletion
from cartsync.models import Cart, CartCustomer, IgnoredPair, Link, OrderMailMask
from cartsync.ordermail.masks import export_masks
from forms_builder.models import Field, Form, Submission
from jobs.models import Job, JobFile
from members.imports.read.upload import accept_upload
from members.merge.merge import merge_members
from members.models import Attribute, ImportRow, Member, MemberImport, Segment, Tag
from members.tags.names import get_or_create_tag
from messaging.accounts.mail_rules import save_mail_route
from messaging.accounts.stop_all import stop_all_sends
from messaging.broadcasts.manage import open_draft
from messaging.domains.manage import list_sending_domains, make_key
from messaging.models import (
    Broadcast,
    Delivery,
    InboundMessage,
    MailAccount,
    MailRoute,
    Scenario,
    Tester,
)
from operators.models import Operator, Seat
from rpa.models import CancellationRequest
from tests.walls.test_urls import Shops

# (the address inside the shop, what is posted; None: what the page at the address says)
Staged = tuple[str, dict[str, Any] | None]
Stage = Callable[[Shops], Staged]
STAGES: dict[str, Stage] = {}


def stage(route: str) -> Callable[[Stage], Stage]:
    def add(function: Stage) -> Stage:
        assert route not in STAGES
        STAGES[route] = function
        return function

    return add


def get(model: type[Model]) -> Any:
    return model._default_manager.order_by("pk").first()


# ---------------------------------------------------------------- carts
@stage("carts/review/link/")
def link_pair(shops: Shops) -> Staged:
    Link.objects.update(ended_at=timezone.now())
    IgnoredPair.objects.all().delete()
    member, customer = get(Member), get(CartCustomer)
    return "carts/review/link/", {"member": member.public_id, "customer": customer.pk}


@stage("carts/review/near/")
def ignore_near(shops: Shops) -> Staged:
    _path, pair = link_pair(shops)
    assert pair
    member = pair["member"]
    return "carts/review/near/", {
        "decision": "ignore",
        "ids": member,
        f"customer-{member}": pair["customer"],
    }


@stage("carts/<slug:public_id>/files/")
def upload_cart_file(shops: Shops) -> Staged:
    Cart.objects.update(
        kind="files", settings={"customers_fields": "id=番号\nemail=メール"}
    )
    file = SimpleUploadedFile("a.csv", "番号,メール\n1,a@example.jp\n".encode())
    path = f"carts/{get(Cart).public_id}/files/"
    return path, {"resource": "customers", "file": file}


@stage("carts/<slug:public_id>/words/")
def map_words(shops: Shops) -> Staged:
    customer = get(CartCustomer)
    CartCustomer.objects.update(changed_at=timezone.now())
    return f"carts/{get(Cart).public_id}/words/", {f"customers-{customer.word}": "left"}


@stage("carts/<slug:public_id>/settings/")
def change_cart(shops: Shops) -> Staged:
    Cart.objects.update(uses_line_id=False, name="別の名前")
    return f"carts/{get(Cart).public_id}/settings/", None


@stage("carts/mail/masks/<str:public_id>/")
def change_mask(shops: Shops) -> Staged:
    names = ("number", "ordered_at", "name", "email", "products")
    anchors = {
        name: {"before": f"{name}：", "after": "", "pick": "first"} for name in names
    }
    OrderMailMask.objects.update(subject_part="注文", anchors=anchors)
    return f"carts/mail/masks/{get(OrderMailMask).public_id}/", None


@stage("carts/mail/masks/import/")
def import_masks(shops: Shops) -> Staged:
    text = export_masks(list(OrderMailMask.objects.all()))
    file = SimpleUploadedFile("masks.json", text.encode())
    return "carts/mail/masks/import/", {"file": file}


# ---------------------------------------------------------------- forms and jobs
@stage("contents/liff/answer/<slug:public_id>/")
def dismiss_answer(shops: Shops) -> Staged:
    Submission.objects.update(member=None, dismissed_at=None, is_test=False)
    return f"contents/liff/answer/{get(Submission).public_id}/", {"dismiss": "1"}


@stage("files/<str:public_id>/")
def download_file(shops: Shops) -> Staged:
    Job.objects.update(kind="members.export", state=Job.State.DONE)
    path = default_storage.save("walls/file", ContentFile(b"content"))
    later = timezone.now() + timedelta(hours=1)
    JobFile.objects.update(path=path, name="members.csv", expires_at=later)
    return f"files/{get(JobFile).public_id}/", {}


@stage("contents/liff/<slug:public_id>/edit/")
def change_form(shops: Shops) -> Staged:
    """A form of 本人確認 asks for something by which a customer is found."""
    Field.objects.update(kind="phone")
    return f"contents/liff/{get(Form).public_id}/edit/", None


@stage("contents/liff/<slug:public_id>/link/")
def make_personal_link(shops: Shops) -> Staged:
    who = Member.objects.filter(deleted_at=None).latest("pk").public_id
    return f"contents/liff/{get(Form).public_id}/link/", {"who": who}


@stage("contents/liff/<slug:public_id>/mail/")
def change_form_mail(shops: Shops) -> Staged:
    Field.objects.update(kind="email")
    return f"contents/liff/{get(Form).public_id}/mail/", None


def make_job(state: str, **changed: object) -> str:
    params = {"selection": {"ids": [], "count": 1}, "tag": get(Tag).pk}
    Job.objects.update(
        kind="bulk.tag",
        state=state,
        undone_at=None,
        params=params,
        result={"changed": 1},
        **changed,
    )
    return str(get(Job).public_id)


@stage("jobs/<str:public_id>/stop/")
def stop_job(shops: Shops) -> Staged:
    return f"jobs/{make_job(Job.State.RUNNING, stop_asked_at=None)}/stop/", {}


@stage("jobs/<str:public_id>/resume/")
def resume_job(shops: Shops) -> Staged:
    return f"jobs/{make_job(Job.State.STOPPED)}/resume/", {}


@stage("jobs/<str:public_id>/undo/")
def undo_job(shops: Shops) -> Staged:
    return f"jobs/{make_job(Job.State.DONE)}/undo/", {}


# ---------------------------------------------------------------- members
@stage("members/<str:public_id>/reveal/")
def reveal_member(shops: Shops) -> Staged:
    return f"members/{get(Member).public_id}/reveal/", {}


@stage("members/<str:public_id>/undelete/")
def restore_member(shops: Shops) -> Staged:
    Member.objects.update(deleted_at=timezone.now())
    return f"members/{get(Member).public_id}/undelete/", {}


@stage("members/cells/<str:public_id>/<str:field>/")
def change_cell(shops: Shops) -> Staged:
    member = get(Member)
    path = f"members/cells/{member.public_id}/name/"
    return path, {"before": member.name, "value": "別の名前"}


def archive(**changed: object) -> str:
    Attribute.objects.update(archived_at=timezone.now(), system="", **changed)
    return f"members/attributes/{get(Attribute).public_id}"


@stage("members/attributes/<str:public_id>/restore/")
def restore_attribute(shops: Shops) -> Staged:
    return f"{archive()}/restore/", {}


@stage("members/attributes/<str:public_id>/delete/")
def delete_attribute(shops: Shops) -> Staged:
    return f"{archive()}/delete/", None


@stage("members/attributes/<str:public_id>/show/")
def show_attribute(shops: Shops) -> Staged:
    Attribute.objects.update(in_list=False)
    path = f"members/attributes/{get(Attribute).public_id}/show/"
    return path, {"show": "in_list:1"}


def make_members(shops: Shops) -> list[Member]:
    return [Member.objects.create(name=name) for name in ("山田 花子", "山田 はなこ")]


@stage("members/merge/")
def merge(shops: Shops) -> Staged:
    ids = [member.public_id for member in make_members(shops)]
    return "members/merge/", {"ids": ids}


@stage("members/merges/<str:public_id>/undo/")
def unmerge(shops: Shops) -> Staged:
    survivor, other = make_members(shops)
    merged = merge_members(survivor, [other], {}, shops.cast.aiko)
    return f"members/merges/{merged.public_id}/undo/", {}


@stage("members/segments/<str:public_id>/delete/")
def delete_segment(shops: Shops) -> Staged:
    segment = Segment.objects.create(
        name="使っていない", condition={"all": []}, owner=shops.cast.aiko
    )
    return f"members/segments/{segment.public_id}/delete/", {}


@stage("members/tags/<str:public_id>/delete/")
def delete_tag(shops: Shops) -> Staged:
    tag = get_or_create_tag("使っていない")
    return f"members/tags/{tag.public_id}/delete/", {"expected": "0"}


@stage("members/tags/merge/")
def merge_tags(shops: Shops) -> Staged:
    tags = [get_or_create_tag(name) for name in ("ひとつめ", "ふたつめ")]
    return "members/tags/merge/", {"ids": [tag.public_id for tag in tags]}


@stage("members/paste/")
def paste_values(shops: Shops) -> Staged:
    return "members/paste/", {"field": "email", "text": "someone@example.jp"}


FILE = "氏名,メール\n山田 花子,hanako@example.jp\n".encode()


def upload_file(shops: Shops, state: str = "", **changed: object) -> str:
    file = SimpleUploadedFile("members.csv", FILE)
    source = accept_upload(file, shops.cast.aiko)
    if state:
        MemberImport.objects.filter(pk=source.pk).update(state=state, **changed)
    return f"members/imports/{source.public_id}"


@stage("members/imports/new/")
def upload_members(shops: Shops) -> Staged:
    return "members/imports/new/", {"file": SimpleUploadedFile("members.csv", FILE)}


@stage("members/imports/<str:public_id>/columns/")
def choose_columns(shops: Shops) -> Staged:
    return f"{upload_file(shops)}/columns/", None


@stage("members/imports/<str:public_id>/reading/")
def read_again(shops: Shops) -> Staged:
    path = f"{upload_file(shops)}/reading/"
    return path, {"encoding": "utf-8", "delimiter": ","}


@stage("members/imports/<str:public_id>/discard/")
def discard(shops: Shops) -> Staged:
    return f"{upload_file(shops)}/discard/", {}


@stage("members/imports/<str:public_id>/load/")
def load(shops: Shops) -> Staged:
    checked = MemberImport.State.CHECKED
    return f"{upload_file(shops, checked, counts={'new': 1})}/load/", {}


@stage("members/imports/<str:public_id>/wrong/")
def read_wrong_rows(shops: Shops) -> Staged:
    checked = MemberImport.State.CHECKED
    return f"{upload_file(shops, checked, counts={'wrong': 1})}/wrong/", {}


@stage("members/imports/<str:public_id>/undo/")
def undo_import(shops: Shops) -> Staged:
    Job.objects.update(kind="member.import_load", state=Job.State.DONE, undone_at=None)
    state, now = MemberImport.State.DONE, timezone.now()
    path = upload_file(shops, state, loaded_at=now, job=get(Job))
    source = MemberImport.objects.order_by("-pk")[0]
    Job.objects.update(params={"source": source.pk})
    ImportRow.objects.update(source=source)
    return f"{path}/undo/", {}


# ---------------------------------------------------------------- messages
def make_draft(shops: Shops) -> Broadcast:
    draft = open_draft({"count": 1, "all": []}, None, "下書き")
    Broadcast.objects.filter(pk=draft.pk).update(content=get(Broadcast).content)
    return Broadcast.objects.get(pk=draft.pk)


@stage("messages/broadcasts/<str:public_id>/delete/")
def delete_broadcast(shops: Shops) -> Staged:
    return f"messages/broadcasts/{make_draft(shops).public_id}/delete/", {}


@stage("messages/broadcasts/<str:public_id>/start/")
def start_broadcast(shops: Shops) -> Staged:
    return f"messages/broadcasts/{make_draft(shops).public_id}/start/", {}


@stage("messages/broadcasts/<str:public_id>/stop/")
def stop_broadcast(shops: Shops) -> Staged:
    Broadcast.objects.update(state=Broadcast.State.BOOKED)
    return f"messages/broadcasts/{get(Broadcast).public_id}/stop/", {}


@stage("messages/broadcasts/to/")
def send_to_selected(shops: Shops) -> Staged:
    return "messages/broadcasts/to/", {"ids": get(Member).public_id}


def make_unknown() -> str:
    Delivery.objects.update(state=Delivery.State.UNKNOWN)
    return f"messages/log/{get(Delivery).public_id}"


@stage("messages/log/<uuid:public_id>/again/")
def send_again(shops: Shops) -> Staged:
    return f"{make_unknown()}/again/", {}


@stage("messages/log/<uuid:public_id>/sent/")
def mark_sent(shops: Shops) -> Staged:
    return f"{make_unknown()}/sent/", {}


@stage("messages/steps/<str:public_id>/mend/")
def mend_scenario(shops: Shops) -> Staged:
    Scenario.objects.update(send_from=None, send_until=None)
    return f"messages/steps/{get(Scenario).public_id}/mend/", {"flaw": "window"}


@stage("messages/steps/<str:public_id>/triggers/<str:role>/new/")
def add_trigger(shops: Shops) -> Staged:
    scenario = get(Scenario).public_id
    path = f"messages/steps/{scenario}/triggers/start/new/?kind=tag_added"
    return path, {"subject": get_or_create_tag("きっかけ").public_id}


@stage("messages/stop/lift/")
def lift_stop(shops: Shops) -> Staged:
    stop_all_sends(shops.cast.sakura)
    return "messages/stop/lift/", {}


def make_tester() -> None:
    Member.objects.update(line_state=Member.LineState.FRIEND)


@stage("messages/steps/<str:public_id>/test/")
def try_scenario(shops: Shops) -> Staged:
    make_tester()
    return f"messages/steps/{get(Scenario).public_id}/test/", None


@stage("messages/broadcasts/<str:public_id>/test/")
def try_broadcast(shops: Shops) -> Staged:
    make_tester()
    return f"messages/broadcasts/{get(Broadcast).public_id}/test/", None


@stage("messages/talk/<str:public_id>/reply/")
def reply(shops: Shops) -> Staged:
    Member.objects.update(line_state=Member.LineState.FRIEND)
    InboundMessage.objects.update(at=timezone.now())
    path = f"messages/talk/{get(Member).public_id}/reply/"
    return path, {"text": "ありがとうございます", "key": "0123456789abcdef"}


@stage("messages/testers/add/<str:public_id>/")
def add_tester(shops: Shops) -> Staged:
    Tester.objects.all().delete()
    return f"messages/testers/add/{get(Member).public_id}/", {}


# ---------------------------------------------------------------- the robot
@stage("rpa/requests/<slug:public_id>/choose/")
def choose_subscription(shops: Shops) -> Staged:
    states = CancellationRequest.State
    subscription = {"id": "sub-7", "number": "7"}
    row = {"id": "1", "number": "1", "subscriptions": [subscription]}
    CancellationRequest.objects.update(
        state=states.PERSON, why="several", attempt=None, candidates={"rows": [row]}
    )
    path = f"rpa/requests/{get(CancellationRequest).public_id}/choose/"
    return path, {"subscription": "sub-7"}


@stage("rpa/requests/<slug:public_id>/rerun/")
def rerun_request(shops: Shops) -> Staged:
    CancellationRequest.objects.update(state=CancellationRequest.State.REHEARSED)
    return f"rpa/requests/{get(CancellationRequest).public_id}/rerun/", {}


@stage("rpa/requests/upload/")
def upload_requests(shops: Shops) -> Staged:
    text = "種類,氏名,メールアドレス\n解約,山田 花子,hanako@example.jp\n"
    file = SimpleUploadedFile("requests.csv", text.encode())
    given = {"cart": get(Cart).public_id, "file": file}
    return "rpa/requests/upload/", given


# ---------------------------------------------------------------- the shop
@stage("settings/delete/keep/")
def keep_shop(shops: Shops) -> Staged:
    request_deletion(shops.cast.sakura)
    return "settings/delete/keep/", {}


def find_ed(shops: Shops) -> str:
    """The page of an operator whom this shop made."""
    made = {"made_by": shops.cast.sakura, "login_id": "ed-of-sakura"}
    Operator.objects.filter(pk=shops.cast.ed.pk).update(**made)
    return f"settings/operators/{Seat.objects.get(operator=shops.cast.ed).pk}"


@stage("settings/operators/<int:pk>/")
def change_operator(shops: Shops) -> Staged:
    return f"{find_ed(shops)}/", {"role": "viewer"}


@stage("settings/operators/<int:pk>/login/")
def change_login(shops: Shops) -> Staged:
    return f"{find_ed(shops)}/login/", {"name": "別の名前", "login_id": "ed-of-sakura"}


@stage("settings/operators/<int:pk>/switch/")
def switch_operator(shops: Shops) -> Staged:
    return f"{find_ed(shops)}/switch/", {}


@stage("settings/operators/<int:pk>/reset/")
def reset_operator(shops: Shops) -> Staged:
    return f"{find_ed(shops)}/reset/", {}


@stage("settings/operators/<int:pk>/remove/")
def remove_operator(shops: Shops) -> Staged:
    return f"{find_ed(shops)}/remove/", {}


@stage("settings/operators/<int:pk>/factors/")
def remove_factors(shops: Shops) -> Staged:
    Authenticator.objects.create(
        user=shops.cast.ed, type=Authenticator.Type.TOTP, data={}
    )
    return f"{find_ed(shops)}/factors/", {}


@stage("messages/mail/domains/key/")
def make_domain_key(shops: Shops) -> Staged:
    return "messages/mail/domains/key/", {"domain": list_sending_domains()[0]}


@stage("messages/mail/domains/key/drop/")
def drop_domain_key(shops: Shops) -> Staged:
    path, named = make_domain_key(shops)
    assert named
    make_key(shops.cast.sakura, named["domain"])
    return f"{path}drop/", named


@stage("messages/mail/routes/<str:public_id>/move/")
def move_mail_route(shops: Shops) -> Staged:
    account = get(MailAccount)
    for domain in ("one.example.jp", "two.example.jp"):
        save_mail_route(domain, account)
    route = MailRoute.objects.get(domain="two.example.jp")
    return f"messages/mail/routes/{route.public_id}/move/", {"to": "up"}
