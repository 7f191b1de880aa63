"""The words of one booked message are changed, and of no other."""

from django.test import Client

from members.models import Member
from messaging.content.make import make_line_content, make_mail_content
from messaging.models import Delivery, Step
from operators.models import AuditEntry
from sandbox.serving import Sandbox
from tests.conftest import Cast
from tests.messaging.booked.conftest import list_series
from tests.messaging.conftest import make_mail_account

LOG = "/t/sakura/messages/log/"


def test_one_says_something_else(
    aiko: Client, cast: Cast, series: list[Delivery], friends: list[Member]
) -> None:
    url = f"{LOG}{series[1].public_id}/edit/"
    assert aiko.get(url).context["form"]["text"].value() == "二通目"
    aiko.post(url, {"text": "{name}様、\r\n今日は。", "form_id": ""})
    texts = [[row.content.text for row in list_series(member)] for member in friends]
    assert texts == [
        ["一通目", "{name}様、\n今日は。", "三通目"],
        ["一通目", "二通目", "三通目"],
    ]
    assert Step.objects.get(pk=series[1].step_id).content.text == "二通目"
    assert Delivery.objects.get(pk=series[1].pk).changed_by == cast.aiko
    entry = AuditEntry.objects.get(action="delivery.changed")
    assert (entry.operator, entry.data["was"]) == (cast.aiko, series[1].content_id)


def test_links_are_counted_as_before(aiko: Client, series: list[Delivery]) -> None:
    old = make_line_content("https://a.example/", "", [], counts_links=True)
    Delivery.objects.filter(pk=series[0].pk).update(content=old)
    url = f"{LOG}{series[0].public_id}/edit/"
    aiko.post(url, {"text": "https://b.example/", "form_id": ""})
    new = Delivery.objects.get(pk=series[0].pk).content
    assert (new.text, new.counts_links) == ("https://b.example/", True)


def test_a_text_that_cannot_be_sent_is_refused(
    aiko: Client, series: list[Delivery], friends: list[Member]
) -> None:
    url = f"{LOG}{series[1].public_id}/edit/"
    for text in ("", "  ", "{nobody}様", "あ" * 5001):
        answer = aiko.post(url, {"text": text, "form_id": ""})
        assert (answer.status_code, bool(answer.context["form"].errors["text"])) == (
            422,
            True,
        )
    assert [row.content.text for row in list_series(friends[0])] == [
        "一通目",
        "二通目",
        "三通目",
    ]


def test_a_mail_keeps_its_parts(
    aiko: Client, line: Sandbox, series: list[Delivery]
) -> None:
    make_mail_account(line)
    # Longer than LINE would take.
    text = "あ" * 6000
    mail = make_mail_content(
        "件名", text, mobile="短い本文", to="a@a.example", reply_to="b@b.example"
    )
    Delivery.objects.filter(pk=series[0].pk).update(content=mail, channel="mail")
    url = f"{LOG}{series[0].public_id}/edit/"
    form = aiko.get(url).context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"subject": "別の件名"}
    aiko.post(url, sent)
    assert Delivery.objects.get(pk=series[0].pk).content.mail == {
        "subject": "別の件名",
        "text": text,
        "mobile": "短い本文",
        "html": "",
        "to": "a@a.example",
        "reply_to": "b@b.example",
    }


def test_bubbles_and_html_are_edited_as_in_the_editor(
    aiko: Client, line: Sandbox, series: list[Delivery]
) -> None:
    make_mail_account(line)
    mail = make_mail_content("件名", "本文", "<p>本文</p>")
    Delivery.objects.filter(pk=series[0].pk).update(other_content=mail)
    url = f"{LOG}{series[0].public_id}/edit/"
    form = aiko.get(url).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    assert (sent["way"], sent["html"]) == ("either", "<p>本文</p>")
    bubble = {"edit": "add:buttons"}
    again = aiko.post(url, sent | bubble | {"text": "書きかけ"})
    assert again.context["form"]["text"].value() == "書きかけ"
    assert Delivery.objects.get(pk=series[0].pk).content_id == series[0].content_id
    sent |= {"text": "新しい一通目", "html": "<p>新しい<script>x</script>本文</p>"}
    assert aiko.post(url, sent).status_code == 302
    row = Delivery.objects.select_related("content", "other_content").get(
        pk=series[0].pk
    )
    assert row.content.text == "新しい一通目"
    assert row.other_content is not None
    assert row.other_content.mail["html"] == "<p>新しい本文</p>"


def test_what_has_gone_is_left_alone(aiko: Client, series: list[Delivery]) -> None:
    row = series[1]
    Delivery.objects.filter(pk=row.pk).update(state=2)
    aiko.post(f"{LOG}{row.public_id}/edit/", {"text": "別", "form_id": ""})
    assert "内容を編集" not in aiko.get(f"{LOG}{row.public_id}/").content.decode()
    assert Delivery.objects.get(pk=row.pk).content_id == row.content_id
