"""テンプレート: kept, changed, used and deleted; the gallery."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from messaging.content.gallery import READY
from messaging.content.render import check_text
from messaging.models import Broadcast, Content, LineAccount, MessageTemplate
from tests.messaging.conftest import make_scenario, make_tag


def url(name: str, *args: str) -> str:
    return "/t/sakura" + reverse(
        f"messaging:{name}", args=args, urlconf="config.urls_console"
    )


def test_from_the_gallery_to_a_broadcast(account: LineAccount, ed: Client) -> None:
    shown = ed.get(url("templates")).content.decode()
    assert [ready.name for ready in READY if ready.name not in shown] == []
    form = ed.get(url("new_template") + "?ready=again").context["form"]
    assert form["name"].value() == "使い切る前の再購入のご案内"
    typed: dict[str, Any] = {
        "name": form["name"].value(),
        "text": form["text"].value(),
        "form_id": "",
    }
    assert ed.post(url("new_template"), typed).status_code == 302
    made = MessageTemplate.objects.get()
    used = ed.post(
        url("new_broadcast"),
        {
            "name": "秋",
            "text": "前の文",
            "edit": "template",
            "template": made.public_id,
        },
    )
    assert used.status_code == 200
    assert used.context["form"]["text"].value() == typed["text"]
    assert used.context["form"]["name"].value() == "秋"
    assert Broadcast.objects.count() == 0


def test_a_change_makes_a_new_version(ed: Client, account: LineAccount) -> None:
    ed.post(url("new_template"), {"name": "秋", "text": "秋です", "form_id": ""})
    made = MessageTemplate.objects.get()
    same = ed.post(url("new_template"), {"name": "秋", "text": "秋です", "form_id": ""})
    assert (same.status_code, list(same.context["form"].errors)) == (422, ["name"])
    assert (
        ed.post(
            url("template", made.public_id),
            {"name": "秋", "text": "冬です", "form_id": ""},
        ).status_code
        == 302
    )
    texts = Content.objects.order_by("pk").values_list("text", flat=True)
    assert list(texts) == ["秋です", "冬です"]
    ed.post(url("delete_template", made.public_id))
    assert (MessageTemplate.objects.count(), Content.objects.count()) == (0, 2)


def test_a_broadcast_is_kept_as_a_template(ed: Client, account: LineAccount) -> None:
    content = Content.objects.create(
        text="秋です", bubbles=[{"kind": "text", "text": "続き"}]
    )
    sent = Broadcast.objects.create(name="秋", account=account, content=content)
    for _twice in range(2):
        ed.post(url("save_broadcast_template", sent.public_id))
    kept = MessageTemplate.objects.order_by("pk")
    assert [(each.name, each.content.bubbles) for each in kept] == [
        ("秋", content.bubbles),
        ("秋（2）", content.bubbles),
    ]


@pytest.mark.parametrize("ready", READY, ids=lambda ready: ready.key)
def test_the_ready_ones_may_be_sent(ready: Any) -> None:
    check_text(ready.text, "f" if ready.form else "")


def test_a_step_message_has_bubbles_too(account: LineAccount, ed: Client) -> None:
    scenario = make_scenario(account, make_tag("秋"))
    step = scenario.steps.get()
    edit = url("edit_step", step.public_id)
    typed: dict[str, Any] = {
        "delay_number": "2", "delay_unit": "days", "text": "こんにちは", "form_id": "",
        "bubble": ["0:text"], "b0c0-text": "続きです",
    }  # fmt: skip
    shown = ed.post(edit, {**typed, "edit": "add:buttons"})
    assert shown.status_code == 200
    assert [row.kind for row in shown.context["form"].rows.rows] == ["text", "buttons"]
    assert shown.context["form"]["delay_number"].value() == "2"
    assert ed.post(edit, typed).status_code == 302
    step.refresh_from_db()
    assert step.content.bubbles == [{"kind": "text", "text": "続きです"}]
    assert "続きです" in ed.get(url("scenario", scenario.public_id)).content.decode()
    assert ed.get(edit).context["form"].rows.read() == step.content.bubbles
