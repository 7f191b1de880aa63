"""A step message that asks again warns of what is wrong with it, and one click mends it."""

from datetime import timedelta

import pytest
from django.test import Client

from messaging.content.render import Attachable
from messaging.deliveries.holds import LinkTiming
from messaging.extension import MessagingExtension, extensions
from messaging.models import Content, LineAccount, Scenario
from messaging.scenarios.advice.flaws import find_flaws
from messaging.scenarios.advice.warnings import list_warnings
from operators.models import AuditEntry
from tests.extensions import hand_in
from tests.messaging.conftest import make_scenario, make_tag

FORMS = [
    Attachable("emailform", "メールだけ", ["email"]),
    Attachable("phoneform", "電話番号フォーム", ["phone"]),
]


def offer_forms(monkeypatch: pytest.MonkeyPatch, forms: list[Attachable]) -> None:
    """Let these be all that a message can link to."""
    given = MessagingExtension("forms_builder", attachables=lambda: forms)
    hand_in(monkeypatch, extensions, given)


@pytest.fixture
def asking(account: LineAccount, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    linked = make_tag("連携済み")
    timing = LinkTiming(timedelta(hours=1), None, frozenset({"phone"}))
    carts = MessagingExtension(
        "cartsync",
        link_timing=lambda tenant: timing,
        linked_tags=lambda: [linked.pk],
    )
    hand_in(monkeypatch, extensions, carts)
    offer_forms(monkeypatch, FORMS)
    condition = {"all": [{"field": "tag", "op": "has_none", "value": [linked.pk]}]}
    return make_scenario(
        account, make_tag("回答済み"), form_id="emailform", condition=condition
    )


def test_both_flaws_are_shown_and_mended(asking: Scenario, ed: Client) -> None:
    page = f"/t/sakura/messages/steps/{asking.public_id}/"
    shown = ed.get(page).content.decode()
    assert "「連携を2回確認してから配信する」がオフです" in shown
    assert "添えたフォーム「メールだけ」に、連携に使う項目がありません" in shown
    assert "「電話番号フォーム」に替える" in shown
    for flaw in ("polls", "form"):
        ed.post(f"{page}mend/", {"flaw": flaw})
    asking.refresh_from_db()
    assert find_flaws(asking) == []
    assert (asking.wait_for_polls, asking.steps.get().content.form_id) == (
        True,
        "phoneform",
    )
    mended = AuditEntry.objects.filter(operator__login_id="ed")
    assert set(mended.values_list("action", flat=True)) == {
        "scenario.changed",
        "step.saved",
    }


def test_a_form_on_a_button_counts_as_well(asking: Scenario, ed: Client) -> None:
    def button(form_id: str) -> list[dict[str, object]]:
        actions = [{"label": "開く", "do": "form", "value": form_id}]
        block = {"title": "", "text": "どうぞ", "image": "", "actions": actions}
        return [{"kind": "buttons", **block}]

    content = Content.objects.create(text="やあ", bubbles=button("emailform"))
    asking.steps.update(content=content)
    assert "form" in [flaw.code for flaw in find_flaws(asking)]
    ed.post(f"/t/sakura/messages/steps/{asking.public_id}/mend/", {"flaw": "form"})
    found = asking.steps.get().content
    assert (found.text, found.form_id, found.bubbles) == (
        "やあ",
        "",
        button("phoneform"),
    )


def test_where_no_form_asks_a_person_must_mend(
    asking: Scenario, monkeypatch: pytest.MonkeyPatch, ed: Client
) -> None:
    offer_forms(monkeypatch, FORMS[:1])
    assert [(flaw.code, bool(flaw.button)) for flaw in find_flaws(asking)] == [
        ("polls", True),
        ("form", False),
    ]
    url = f"/t/sakura/messages/steps/{asking.public_id}/mend/"
    assert ed.post(url, {"flaw": "form"}).status_code == 302
    assert asking.steps.get().content.form_id == "emailform"


def test_a_closed_form_behind_a_button_is_said(asking: Scenario) -> None:
    action = {"label": "答える", "do": "form", "value": "closed"}
    card = {"kind": "buttons", "title": "", "text": "a", "image": ""}
    content = Content.objects.create(bubbles=[{**card, "actions": [action]}])
    assert "closed" not in [flaw.code for flaw in list_warnings(asking)]
    asking.steps.update(content=content)
    assert "closed" in [flaw.code for flaw in list_warnings(asking)]


def test_what_goes_to_everybody_has_no_flaw(account: LineAccount) -> None:
    assert find_flaws(make_scenario(account, make_tag("回答済み"))) == []
