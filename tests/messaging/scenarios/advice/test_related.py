"""The settings elsewhere that a step message depends on are a click away."""

from datetime import timedelta

import pytest
from django.test import Client

from members.models import Tag
from messaging.content.render import Attachable
from messaging.deliveries.holds import LinkTiming
from messaging.extension import MessagingExtension, extensions
from messaging.models import LineAccount
from messaging.scenarios.advice.related import list_related_settings
from tests.extensions import hand_in_only
from tests.messaging.conftest import make_scenario, make_tag

BASE = "/t/sakura/messages/steps/"


def test_frequency_forms_and_the_tag_of_the_linked(
    aiko: Client, account: LineAccount, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = make_tag("連携済み")
    forms = [
        Attachable("first", "登録フォーム", ["phone"], [tag.pk]),
        Attachable("again", "再入力フォーム", ["phone"]),
        Attachable("other", "無関係", ["text"]),
    ]
    above = MessagingExtension(
        "test",
        attachables=lambda: forms,
        form_page=lambda public_id: f"/forms/{public_id}/",
        link_timing=lambda tenant: LinkTiming(timedelta(hours=1)),
        frequency_page=lambda: "/carts/slow/",
        linked_tags=lambda: [linked.pk],
    )
    hand_in_only(monkeypatch, extensions, extensions["messaging"], above)
    scenario = make_scenario(account, tag, form_id="again")
    page = f"{BASE}{scenario.public_id}/"
    shown = [
        (each.label, each.value, each.url) for each in aiko.get(page).context["related"]
    ]
    assert shown == [
        ("カート連携頻度", "1時間", "/carts/slow/"),
        (f"「{tag.name}」を付けるフォーム", "登録フォーム", "/forms/first/"),
        ("添えたフォーム", "再入力フォーム", "/forms/again/"),
        (
            "連携したときに付くタグ",
            "連携済み",
            f"/t/sakura/members/tags/{linked.public_id}/",
        ),
    ]
    step = scenario.steps.get()
    for path in (f"{page}edit/", f"{BASE}messages/{step.public_id}/edit/"):
        assert 'href="/carts/slow/"' in aiko.get(path).content.decode()


def test_a_shop_without_carts_and_forms(
    account: LineAccount, tag: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in_only(monkeypatch, extensions, extensions["messaging"])
    assert list_related_settings(make_scenario(account, tag)) == []
