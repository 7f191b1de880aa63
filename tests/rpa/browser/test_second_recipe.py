"""A recipe is one file: another layout of the admin site, done by the same robot."""

import pytest
from django.db import transaction

from rpa.executors.kinds import can_do
from rpa.recipes import kinds
from tests.rpa.browser.conftest import BrowserStage


def test_another_layout(robot: BrowserStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.KINDS, "b", "tests.rpa.browser.recipe_b.OtherRecipe")
    robot.switch(office_layout="b")
    with transaction.atomic():
        type(robot.login).objects.update(recipe="b")
        assert [can_do(robot.cart, kind) for kind in ("cancel", "pause")] == [
            True,
            False,
        ]
    request, paused = robot.receive(), robot.receive("pause")
    robot.work()
    done = robot.read(request)
    assert (done.state, done.why, robot.clicks) == (
        "verified",
        "",
        [robot.subscription],
    )
    assert robot.read(paused).why == "unsupported"
    assert robot.row["state"] == "canceled"
    assert robot.screens(request)[0] == "search"
