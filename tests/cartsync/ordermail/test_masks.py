"""カート連携 › 注文メール › 解析マスク: made from a sample, tried on the newest mails, copied, exported, imported."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cartsync.models import OrderMailMask
from cartsync.ordermail.masks import choose_mask, is_for_mail, read_by_mask
from cartsync.ordermail.presets import PRESETS
from cartsync.ordermail.values import MailField
from messaging.mailboxes.poll import build_row
from messaging.models import IncomingMail, Mailbox
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.messaging.mailboxes.test_poll import make_mailbox

BASE = "/t/sakura/carts/mail/masks/"
SUBJECT = "ご注文ありがとうございます"
BODY = "山田 花子 様\n\nご注文番号：A-1001\nメールアドレス：hanako@example.jp\n合計：1,200円\n"


def make_mask(**values: Any) -> OrderMailMask:
    settings: dict[str, Any] = {
        "name": "本店",
        "mall": "さくら本店",
        "kind": "order",
        "subject_part": "ご注文",
        "anchors": {
            "number": {"before": "ご注文番号：", "after": "", "pick": ""},
            "email": {"before": "メールアドレス：", "after": "", "pick": ""},
        },
    }
    mask: OrderMailMask = OrderMailMask.objects.create(**settings | values)
    return mask


def write_mail(
    number: int,
    body: str = BODY,
    subject: str = SUBJECT,
    sender: str = "order@shop.example.jp",
) -> bytes:
    head = (
        f"Received: from x by y; Mon, 30 Nov 2026 12:00:{number % 60:02} +0900\r\nMessage-ID: <{number}@mall>\r\n"
        f"From: <{sender}>\r\nSubject: {subject}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return (head + body).encode()


def receive(box: Mailbox, number: int, **values: Any) -> IncomingMail:
    mail = build_row(box, write_mail(number, **values), None)
    mail.save()
    return mail


def given(**values: Any) -> dict[str, Any]:
    return {
        "name": "本店",
        "mall": "さくら本店",
        "kind": "order",
        "subject_part": "ご注文",
        "sender": "",
        "is_active": "on",
        "sample_subject": SUBJECT,
        "sample": BODY,
        "number_before": "ご注文番号：",
        "email_before": "メールアドレス：",
        **values,
    }


def test_a_mask_is_saved_unproven_and_proven_by_a_mail_that_came(
    aiko: Client, sakura: Tenant
) -> None:
    answer = aiko.post(f"{BASE}new/", given())
    assert answer["Location"] == BASE
    mask = OrderMailMask.objects.get()
    assert mask.anchors == {
        "number": {"before": "ご注文番号：", "after": "", "pick": ""},
        "email": {"before": "メールアドレス：", "after": "", "pick": ""},
    }
    assert mask.verified_at is None
    receive(make_mailbox("imap", 993), 1)
    aiko.post(f"{BASE}{mask.public_id}/", given(total_before="合計："))
    mask.refresh_from_db()
    assert mask.verified_at is not None
    aiko.post(f"{BASE}{mask.public_id}/", given(number_before="受注番号："))
    mask.refresh_from_db()
    assert mask.verified_at is None
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["mask.made", "mask.changed", "mask.changed"]
    assert "hanako" not in str(list(AuditEntry.objects.values_list("data", flat=True)))


def test_the_trial_says_per_field_what_is_wrong(aiko: Client, sakura: Tenant) -> None:
    box = make_mailbox("imap", 993)
    receive(box, 1)
    receive(box, 2, body="ご注文番号：A-1002")
    receive(box, 3, subject="お知らせ")
    page = aiko.post(
        f"{BASE}trial/",
        given(
            phone_before="電話：",
            name_before="件名：",
            name_after="さま",
            total_before="：",
        ),
    )
    trial = page.context["trial"]
    assert [
        (field.label, field.value, field.trouble[:11]) for field in trial.fields
    ] == [
        ("注文番号", "A-1001", ""),
        ("注文者名", "", "後の目印「さま」が見つ"),
        ("メールアドレス", "hanako@example.jp", ""),
        ("電話番号", "", "前の目印「電話：」が見"),
        ("金額", "", "4か所に違う値がありま"),
    ]
    assert trial.whole is True
    assert [
        (row.mail.subject, row.whole, row.number, row.missing) for row in trial.mails
    ] == [
        (SUBJECT, False, "A-1002", "メールアドレス"),
        (SUBJECT, True, "A-1001", ""),
    ]
    assert OrderMailMask.objects.count() == 0


def test_a_mask_that_can_read_nothing_whole_is_refused(
    aiko: Client, sakura: Tenant
) -> None:
    page = aiko.post(f"{BASE}new/", given(email_before=""))
    assert page.status_code == 422
    assert page.context["form"].errors == {
        "email_before": ["メールアドレスの前の目印を入力してください。"]
    }
    page = aiko.post(
        f"{BASE}new/", given(kind="shipped", email_before="", number_before="")
    )
    assert list(page.context["form"].errors) == ["number_before"]
    page = aiko.post(f"{BASE}new/", given(subject_part=""))
    assert list(page.context["form"].errors) == ["subject_part"]
    assert OrderMailMask.objects.count() == 0
    aiko.post(f"{BASE}new/", given(kind="shipped", number_before=""))
    assert OrderMailMask.objects.get().kind == "shipped"


def test_anchors_are_made_of_copied_values(aiko: Client, sakura: Tenant) -> None:
    page = aiko.post(
        f"{BASE}new/",
        given(
            number_before="",
            email_before="",
            number_value="A-1001",
            email_value="hanako@example.jp",
            total_value="9,999",
            suggest="1",
        ),
    )
    assert page.status_code == 200
    form = page.context["form"]
    assert (form["number_before"].value(), form["email_before"].value()) == (
        "ご注文番号：",
        "メールアドレス：",
    )
    assert (form["total_before"].value(), form["total_value"].value()) in [
        ("", "9,999"),
        (None, "9,999"),
    ]
    assert page.context["trial"].whole is True
    assert OrderMailMask.objects.count() == 0


def test_a_mail_of_the_log_becomes_the_sample(aiko: Client, sakura: Tenant) -> None:
    mail = receive(make_mailbox("imap", 993), 1)
    log = aiko.get(f"/t/sakura/carts/mail/log/{mail.public_id}/").content.decode()
    assert f"masks/new/?mail={mail.public_id}" in log
    form = aiko.get(f"{BASE}new/?mail={mail.public_id}").context["form"]
    assert (form["sample"].value(), form["sender"].value()) == (
        BODY.strip(),
        "order@shop.example.jp",
    )


@pytest.mark.parametrize("preset", [preset.key for preset in PRESETS])
def test_each_preset_fills_a_form_that_can_be_saved(
    aiko: Client, sakura: Tenant, preset: str
) -> None:
    form = aiko.get(f"{BASE}new/?preset={preset}").context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    values["is_active"] = "on"
    assert aiko.post(f"{BASE}new/?preset={preset}", values)["Location"] == BASE
    mask = OrderMailMask.objects.get()
    assert (mask.preset, mask.verified_at) == (preset, None)


def test_copied_exported_and_imported_without_its_sample(
    aiko: Client, sakura: Tenant
) -> None:
    mask = make_mask(sample=BODY, sample_subject=SUBJECT)
    aiko.post(f"{BASE}{mask.public_id}/copy/")
    copied = OrderMailMask.objects.get(name="本店のコピー")
    assert (copied.is_active, copied.anchors, copied.sample) == (
        False,
        mask.anchors,
        BODY,
    )
    aiko.post(f"{BASE}{copied.public_id}/delete/")
    text = aiko.post(f"{BASE}export/").content.decode()
    assert "hanako" not in text
    assert [row["name"] for row in json.loads(text)["masks"]] == ["本店"]
    file = SimpleUploadedFile("masks.json", text.encode())
    assert aiko.post(f"{BASE}import/", {"file": file})["Location"] == BASE
    added = OrderMailMask.objects.get(name="本店 2")
    assert (added.anchors, added.is_active, added.verified_at) == (
        mask.anchors,
        False,
        None,
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"format": "tsunagi.ordermail.masks", "masks": []}',
        '{"format": "tsunagi.ordermail.masks", "masks": [1]}',
        '{"format": "tsunagi.ordermail.masks", "masks": [{"name": "x", "kind": "order", "anchors": {}}]}',
        ('{"format": "tsunagi.ordermail.masks", "masks": [{"name": "x", "mall": "m", "preset": "", "kind": "spam",'
        ' "subject_part": "", "sender": "", "anchors": {}}]}'),
        ('{"format": "tsunagi.ordermail.masks", "masks": [{"name": "x", "mall": "m", "preset": "", "kind": "order",'
        ' "subject_part": "", "sender": "", "anchors": {"number": {"before": 5}}}]}'),
    ],
)  # fmt: skip
def test_a_file_of_anything_else_adds_nothing(
    aiko: Client, sakura: Tenant, text: str
) -> None:
    file = SimpleUploadedFile("masks.json", text.encode())
    page = aiko.post(f"{BASE}import/", {"file": file})
    assert page.status_code == 422 and list(page.context["form"].errors) == ["file"]
    assert OrderMailMask.objects.count() == 0


def test_which_mails_a_mask_is_for() -> None:
    mask = OrderMailMask(tenant_id=1, subject_part="ご注文１", sender="rakuten.co.jp")
    assert is_for_mail(mask, "【楽天】ご注文1号", "order@rakuten.co.jp") is True
    assert is_for_mail(mask, "【楽天】ご注文1号", "x@mail.RAKUTEN.co.jp") is True
    assert is_for_mail(mask, "【楽天】ご注文1号", "x@notrakuten.co.jp") is False
    assert is_for_mail(mask, "お知らせ", "order@rakuten.co.jp") is False


def test_of_several_masks_the_one_that_reads_is_chosen(sakura: Tenant) -> None:
    wrong = make_mask(name="古い", anchors={"number": {"before": "受注番号："}})
    right = make_mask()
    mail = receive(make_mailbox("imap", 993), 1)
    chosen = choose_mask([wrong, right], mail)
    assert chosen and chosen[0] == right
    assert chosen[1].get(MailField.NUMBER) == "A-1001"
    failed = choose_mask([wrong], mail)
    assert failed and failed[1].missing == (MailField.NUMBER, MailField.EMAIL)
    assert choose_mask([make_mask(name="別", subject_part="発送")], mail) is None
    assert read_by_mask(right, "", "").is_whole is False


def test_staff_see_masks_and_change_none(ed: Client, sakura: Tenant) -> None:
    mask = make_mask()
    page = ed.get(BASE)
    assert page.status_code == 200 and "解析マスクを追加" not in page.content.decode()
    assert ed.get(f"{BASE}{mask.public_id}/").status_code == 403
    assert ed.post(f"{BASE}trial/", given()).status_code == 403
    assert ed.post(f"{BASE}{mask.public_id}/delete/").status_code == 403
    assert OrderMailMask.objects.count() == 1
