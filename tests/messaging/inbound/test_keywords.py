"""Keywords: what fits, what is set off, once, and behind the operators' own codes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Member, MemberTag, TagBatch
from messaging.accounts.pause import pause_sender, resume_sender
from messaging.accounts.stop_all import lift_stop, stop_all_sends
from messaging.inbound import keywords
from messaging.inbound.keywords import list_fitting_keywords, save_keyword
from messaging.models import (
    Delivery,
    Enrollment,
    Keyword,
    LineAccount,
    WebhookEvent,
)
from operators.models import AuditEntry
from sandbox.serving import Sandbox
from tests.messaging.conftest import (
    make_mail_account,
    make_scenario,
    make_tag,
)
from tests.messaging.inbound.test_talk import AT, wrote
from tests.messaging.inbound.test_webhook import handle, post


def url(name: str, *args: str) -> str:
    return "/t/sakura" + reverse(
        f"messaging:{name}", args=args, urlconf="config.urls_console"
    )


def make_keyword(word: str, match: str = "whole", **values: Any) -> Keyword:
    keyword = Keyword(word=word, match=match)
    return save_keyword(keyword, values.get("tag"), values.get("text", ""), "", [])


def write(account: LineAccount, member: Member, text: str, number: int = 1) -> None:
    post(account, [wrote(member, number, {"type": "text", "text": text}, at=now_ms())])
    handle(account)


def now_ms() -> int:
    from django.utils import timezone

    return int(timezone.now().timestamp() * 1000) - 1000


def answers() -> list[str]:
    rows = Delivery.objects.filter(source=Delivery.Source.REPLY).order_by("pk")
    return list(rows.values_list("content__text", flat=True))


@pytest.mark.parametrize(
    ("text", "fitting"),
    [
        ("営業時間", ["営業時間", "営業", "時間"]),
        ("　営業時間 \n", ["営業時間", "営業", "時間"]),
        ("営業時間は？", ["営業", "時間"]),
        ("ＬＩＮＥ", ["Line"]),
        ("line pay", []),
        ("", []),
        ("その他", []),
    ],
)
def test_what_fits(account: LineAccount, text: str, fitting: list[str]) -> None:
    make_keyword("営業", "contains", text="1")
    make_keyword("営業時間", text="2")
    make_keyword("時間", "contains", text="3")
    make_keyword("Line", text="4")
    off = make_keyword("時", "contains", text="5")
    keywords.switch_keyword(off, False)
    assert [row.word for row in list_fitting_keywords(text)] == fitting


def test_every_tag_and_one_answer_once(account: LineAccount, member: Member) -> None:
    asked, size = make_tag("質問"), make_tag("サイズ")
    scenario = make_scenario(account, size)
    make_keyword("サイズ", "contains", tag=size, text="サイズ表です")
    make_keyword("サイズは？", tag=asked, text="9号です")
    for _again in range(2):
        write(account, member, "サイズは？")
        WebhookEvent.objects.update(handled_at=None)
        handle(account)
    assert answers() == ["9号です"]
    tags = MemberTag.objects.filter(member=member).values_list("tag__name", flat=True)
    assert sorted(tags) == ["サイズ", "質問"]
    assert set(TagBatch.objects.values_list("source", flat=True)) == {"keyword"}
    assert Enrollment.objects.filter(scenario=scenario, member=member).count() == 1


def test_an_old_message_is_tagged_and_not_answered(
    account: LineAccount, member: Member
) -> None:
    tag = make_tag("質問")
    make_keyword("もしもし", tag=tag, text="はい")
    post(account, [wrote(member, 1, {"type": "text", "text": "もしもし"}, at=AT)])
    handle(account)
    assert (answers(), MemberTag.objects.filter(member=member).count()) == ([], 1)


def test_a_code_of_an_operator_is_no_keyword(
    account: LineAccount, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    from messaging.extension import MessagingExtension, extensions

    make_keyword("1234", "contains", text="番号ですね")
    taken = MessagingExtension(
        "codes", heard=lambda _account, _user, text: text == "12345678"
    )
    monkeypatch.setitem(extensions, "codes", taken)
    write(account, member, "12345678", 1)
    assert answers() == []
    write(account, member, "1234", 2)
    assert answers() == ["番号ですね"]


def test_the_page(account: LineAccount, ed: Client) -> None:
    tag = make_tag("質問")
    typed = {
        "word": "営業時間",
        "match": "contains",
        "tag": tag.public_id,
        "text": "10時から18時です",
        "form_id": "",
    }
    assert ed.post(url("new_keyword"), typed).status_code == 302
    made = Keyword.objects.get()
    assert (made.word_key, made.tag, made.content and made.content.text) == (
        "営業時間",
        tag,
        "10時から18時です",
    )
    again = ed.post(url("new_keyword"), {**typed, "word": "営業時間 "})
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["word"])
    nothing = ed.post(
        url("new_keyword"), {**typed, "word": "他", "tag": "", "text": ""}
    )
    assert nothing.status_code == 422
    form = ed.get(url("keyword", made.public_id)).context["form"]
    assert [form[name].value() for name in typed] == list(typed.values())
    ed.post(url("keyword", made.public_id), {**typed, "tag": "", "word": "定休日"})
    made.refresh_from_db()
    assert (made.word, made.word_key, made.tag) == ("定休日", "定休日", None)
    ed.post(url("switch_keyword", made.public_id), {"on": "0"})
    made.refresh_from_db()
    assert made.is_on is False
    assert "定休日" in ed.get(url("keywords")).content.decode()
    ed.post(url("delete_keyword", made.public_id))
    assert Keyword.objects.count() == 0
    actions = AuditEntry.objects.filter(action__startswith="keyword.").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "keyword.made",
        "keyword.changed",
        "keyword.off",
        "keyword.deleted",
    ]


def test_an_answer_goes_by_line_alone(
    account: LineAccount, line: Sandbox, ed: Client
) -> None:
    """A shop with a mail account is offered no other way, and none that is posted counts."""
    make_mail_account(line)
    typed = {"word": "定休日", "match": "whole", "text": "水曜日です", "way": "mail"}
    page = ed.get(url("new_keyword")).content.decode()
    assert ('name="text"' in page, 'name="way"' in page) == (True, False)
    assert ed.post(url("new_keyword"), typed).status_code == 302
    made = Keyword.objects.select_related("content").get()
    assert made.content and (made.content.kind, made.content.text) == (
        "line",
        "水曜日です",
    )


def test_a_word_that_grows_when_it_is_compared(
    account: LineAccount, ed: Client
) -> None:
    typed = {"word": "㍿" * 100, "match": "whole", "text": "はい"}
    again = ed.post(url("new_keyword"), typed)
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["word"])
    assert ed.post(url("new_keyword"), {**typed, "word": "㍿" * 50}).status_code == 302


def test_an_account_out_of_use_answers_nothing(
    account: LineAccount, member: Member
) -> None:
    tag = make_tag("質問")
    make_keyword("もしもし", tag=tag, text="はい")
    LineAccount.objects.update(is_active=False)
    account.refresh_from_db()
    write(account, member, "もしもし")
    assert (answers(), MemberTag.objects.filter(member=member).count()) == ([], 1)


def test_no_answer_waits_for_a_stop_to_be_lifted(
    account: LineAccount, member: Member
) -> None:
    make_keyword("もしもし", text="はい")
    pause_sender(account.sender, "quota")
    write(account, member, "もしもし", 1)
    assert answers() == []
    resume_sender(account.sender)
    stop_all_sends(account.tenant)
    write(account, member, "もしもし", 2)
    assert answers() == []
    lift_stop(account.tenant)
    write(account, member, "もしもし", 3)
    assert answers() == ["はい"]


def test_a_seat_that_only_looks_changes_nothing(
    account: LineAccount, vic: Client
) -> None:
    made = make_keyword("営業時間", text="10時からです")
    assert vic.get(url("keywords")).status_code == 200
    assert (
        vic.post(url("switch_keyword", made.public_id), {"on": "0"}).status_code == 403
    )
    made.refresh_from_db()
    assert made.is_on is True
    assert timedelta(hours=1) == keywords.LATEST_ANSWER
