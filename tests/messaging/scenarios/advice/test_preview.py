"""The dry run shows messages as members would read them, to whom may see who they are."""

from datetime import timedelta

from messaging.models import LineAccount, Scenario
from messaging.scenarios.advice.preview import preview_scenario
from operators.masking import show_to
from sandbox.serving import Sandbox
from tests.messaging.conftest import give, make_friends, make_scenario, make_tag


def list_texts(scenario: Scenario) -> list[str]:
    samples = preview_scenario(scenario).samples
    return [message.text for sample in samples for message in sample.messages]


def test_names_in_messages_are_masked_too(account: LineAccount, line: Sandbox) -> None:
    tag = make_tag("お試し")
    steps = [(timedelta(), "{name}様（{line_name}）へ")]
    scenario = make_scenario(account, tag, steps=steps)
    people = make_friends(line, account, 1, name="鹿内 佐久良", line_name="かなりや")
    give(tag, *people)
    assert list_texts(scenario) == ["鹿内 佐久良様（かなりや）へ"]
    with show_to(None):
        assert list_texts(scenario) == ["鹿***様（か***）へ"]
