"""A form that shows a page elsewhere; what the shop uses personal data for."""

import pytest
from django.test import Client

from forms_builder.models import Form, FormOpening, PrivacyNotice, Submission
from messaging.models import LineAccount
from operators.models import AuditEntry, Notice
from tests.forms_builder.conftest import Phone
from tests.forms_builder.public.test_without_line import GOOD
from tests.forms_builder.screens.test_screens import typed

BASE = "/t/sakura/contents/liff/"
ELSEWHERE = "https://forms.example.jp/a?b=1"


def test_openings_are_led_away_and_counted(phone: Phone, aiko: Client) -> None:
    ticket = phone.ticket()
    Form.objects.update(shows="url", external_url=ELSEWHERE, allows_browser=True)
    for _each in range(3):
        response = phone.client.get(phone.base)
        assert (response.status_code, response["Location"]) == (302, ELSEWHERE)
    assert phone.client.head(phone.base).status_code == 302
    assert (
        phone.client.get(f"{phone.base}?test={phone.form.test_key}").status_code == 302
    )
    assert FormOpening.objects.get().count == 3
    assert (
        "開かれた回数：3回"
        in aiko.get(f"{BASE}{phone.form.public_id}/").content.decode()
    )
    assert phone.open().status_code == 403
    assert phone.answer(ticket, **GOOD).status_code == 403
    browser = phone.client.get(f"{phone.base}browser/").content.decode()
    assert 'name="ticket"' not in browser
    Form.objects.update(is_open=False)
    assert "受付を停止しています" in phone.client.get(phone.base).content.decode()
    assert FormOpening.objects.get().count == 3
    assert Submission.objects.count() == 0 == Notice.objects.count()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "外部URLが入力されていません"),
        ("http://example.jp/", "https:// で始まるURL"),
        ("javascript:alert(1)", "https:// で始まるURL"),
        ("https://", "https:// で始まるURL"),
    ],
)
def test_only_https_pages(
    aiko: Client, account: LineAccount, url: str, told: str
) -> None:
    response = aiko.post(f"{BASE}add/", typed(account, shows="url", external_url=url))
    assert response.status_code == 422 and told in response.content.decode()
    assert Form.objects.count() == 0


def test_a_page_elsewhere_tells_nobody(aiko: Client, account: LineAccount) -> None:
    more = {"shows": "url", "external_url": ELSEWHERE, "notifies": "on"}
    assert aiko.post(f"{BASE}add/", typed(account, **more)).status_code == 302
    form = Form.objects.get()
    assert (form.is_external, form.external_url, form.notifies) == (
        True,
        ELSEWHERE,
        False,
    )
    page = aiko.get(f"{BASE}{form.public_id}/").content.decode()
    assert "外部URLのフォームには回答が届かないため、通知しません。" in page


def test_who_hears_and_why_the_others_do_not(aiko: Client, form: Form) -> None:
    Form.objects.update(notice_ways=["line"])
    body = aiko.get(f"{BASE}{form.public_id}/").content.decode()
    assert (
        "本人の通知設定がオフです" in body and "この方法では通知しない設定です" in body
    )
    Form.objects.update(notifies=False)
    off = aiko.get(f"{BASE}{form.public_id}/").content.decode()
    assert "申込み通知は「なし」です。" in off and "本人の通知設定がオフです" not in off


def test_tags_by_verdict_must_differ(aiko: Client, account: LineAccount) -> None:
    from tests.forms_builder.conftest import make_tag

    one, two = make_tag("成功"), make_tag("失敗")
    same = {"linked_tag": one.public_id, "not_found_tag": one.public_id}
    response = aiko.post(f"{BASE}add/", typed(account, **same))
    assert response.status_code == 422
    assert "別のタグを選んでください" in response.content.decode()
    fine = same | {"not_found_tag": two.public_id}
    assert aiko.post(f"{BASE}add/", typed(account, **fine)).status_code == 302
    form = Form.objects.get()
    assert (form.linked_tag, form.not_found_tag) == (one, two)
    edit = aiko.get(f"{BASE}{form.public_id}/edit/").content.decode()
    assert f'value="{two.public_id}" selected' in edit


def test_the_purpose_stands_on_every_form(phone: Phone, aiko: Client) -> None:
    Form.objects.update(allows_browser=True)
    assert "個人情報の利用目的" not in phone.open().content.decode()
    given = {"purpose": "ご連絡のため<b>", "policy_url": "https://example.jp/privacy"}
    assert aiko.post(f"{BASE}privacy/", given).status_code == 302
    for body in (
        phone.open().content.decode(),
        phone.client.get(f"{phone.base}browser/").content.decode(),
        phone.answer(phone.ticket()).content.decode(),
    ):
        assert "ご連絡のため&lt;b&gt;" in body
        assert 'href="https://example.jp/privacy"' in body
    assert aiko.post(f"{BASE}privacy/", given | {"purpose": "2"}).status_code == 302
    assert PrivacyNotice.objects.get().purpose == "2"
    assert AuditEntry.objects.filter(action="form.privacy_changed").count() == 2
    bad = aiko.post(f"{BASE}privacy/", {"purpose": "3", "policy_url": "http://a.jp"})
    assert bad.status_code == 422 and "https:// で始まるURL" in bad.content.decode()
    assert PrivacyNotice.objects.get().purpose == "2"


def test_opening_without_a_purpose_asks_first(aiko: Client, form: Form) -> None:
    Form.objects.update(is_open=False)
    switch = f"{BASE}{form.public_id}/switch/"
    asked = aiko.post(switch, {"open": "1"}).content.decode()
    assert "このまま受付を始める" in asked and not Form.objects.get().is_open
    assert "利用目的が設定されていません" in aiko.get(f"{BASE}add/").content.decode()
    aiko.post(switch, {"open": "1", "anyway": "1"})
    assert Form.objects.get().is_open
    Form.objects.update(is_open=False)
    PrivacyNotice.objects.create(purpose="ご連絡", policy_url="https://example.jp/")
    aiko.post(switch, {"open": "1"})
    assert Form.objects.get().is_open


def test_only_who_sets_the_shop_up_changes_the_purpose(
    ed: Client, vic: Client, account: LineAccount
) -> None:
    assert ed.get(f"{BASE}privacy/").status_code == 403
    assert vic.post(f"{BASE}privacy/", {"purpose": "x"}).status_code == 403
    assert PrivacyNotice.objects.count() == 0
