"""送信ログ and ステップメッセージ, narrowed."""

import pytest
from django.test import Client

from members.models import Member
from members.normalize.emails import normalize_email
from members.normalize.names import normalize_name
from messaging.models import Content, Delivery, Enrollment, LineAccount, Scenario
from tenants.models import Tenant
from tests.filtering import FRIDAY, SATURDAY, send_search
from tests.messaging.conftest import make_scenario, make_tag

LOG = "/t/sakura/messages/log/"
SCENARIOS = "/t/sakura/messages/"


def make_account(number: int) -> LineAccount:
    return LineAccount.objects.create(
        name=f"アカウント{number}",
        channel_id=f"200{number}",
        channel_secret="secret",
        access_token="token",
    )


@pytest.fixture
def scenarios(sakura: Tenant) -> list[Scenario]:
    return [
        make_scenario(make_account(1), make_tag("回答済み"), name="お礼"),
        make_scenario(make_account(2), make_tag("休眠"), name="再入力", is_on=False),
    ]


@pytest.fixture
def deliveries(scenarios: list[Scenario]) -> None:
    people = [("山田 花子", "hana@example.jp"), ("佐藤 次郎", "jiro@example.jp")]
    times, states = (FRIDAY, SATURDAY), (Delivery.State.SENT, Delivery.State.FAILED)
    for (name, email), scenario, at, state in zip(
        people, scenarios, times, states, strict=True
    ):
        member = Member.objects.create(
            name=name,
            name_key=normalize_name(name),
            email=email,
            email_key=normalize_email(email),
        )
        enrollment = Enrollment.objects.create(
            scenario=scenario, member=member, trigger_key="t", triggered_at=at
        )
        Delivery.objects.create(
            sender=scenario.account.sender,
            enrollment=enrollment,
            member=member,
            content=Content.objects.create(text="文"),
            state=state,
            planned_at=at,
            due_at=at,
        )


def list_names(client: Client, query: str = "") -> list[str]:
    page = client.get(LOG + query).context["page"]
    return sorted(delivery.member.name for delivery in page.rows)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["佐藤 次郎", "山田 花子"]),
        ("?state=sent", ["山田 花子"]),
        ("?state=waiting", []),
        ("?planned_until=2026-11-20", ["山田 花子"]),
        ("?planned_from=2026-11-21", ["佐藤 次郎"]),
    ],
)
def test_the_log_is_narrowed(
    deliveries: None, vic: Client, query: str, names: list[str]
) -> None:
    assert list_names(vic, query) == names


def test_the_log_of_one_scenario_and_of_one_account(
    deliveries: None, scenarios: list[Scenario], vic: Client
) -> None:
    first, second = scenarios
    assert list_names(vic, f"?scenario={first.public_id}") == ["山田 花子"]
    assert list_names(vic, f"?sender={second.account.sender.public_id}") == [
        "佐藤 次郎"
    ]
    page = vic.get(f"{LOG}?scenario={first.public_id}")
    assert page.context["scenario"] == first
    chips = [(chip.label, chip.value) for chip in page.context["filters"].chips]
    assert chips == [("ステップメッセージ", "お礼")]


@pytest.mark.parametrize(
    ("text", "names"),
    [("山田", ["山田 花子"]), ("jiro@example.jp", ["佐藤 次郎"]), ("鈴木", [])],
)
def test_the_log_is_searched_by_name_and_email(
    deliveries: None, vic: Client, text: str, names: list[str]
) -> None:
    query = send_search(vic, LOG, text)
    assert list_names(vic, query) == names
    tabs = vic.get(LOG + query).context["tabs"]
    assert [tab["url"] for tab in tabs][:2] == [query, f"{query}&state=waiting"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["お礼", "再入力"]),
        ("?q=礼", ["お礼"]),
        ("?on=on", ["お礼"]),
        ("?on=off", ["再入力"]),
        ("?q=礼&on=off", []),
    ],
)
def test_scenarios_are_narrowed(
    scenarios: list[Scenario], vic: Client, query: str, names: list[str]
) -> None:
    def list_scenarios(query: str) -> list[str]:
        shown = vic.get(SCENARIOS + query).context["scenarios"]
        return sorted(scenario.name for scenario in shown)

    assert list_scenarios(query) == names
    tag = scenarios[1].trigger_tags[0]
    assert list_scenarios(f"?tag={tag.public_id}") == ["再入力"]
    account = scenarios[0].account
    assert list_scenarios(f"?account={account.public_id}") == ["お礼"]
