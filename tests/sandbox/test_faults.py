"""Ordered faults: at the ordered rate, the same ones for the same seed, and told apart by what was recorded."""

import socket
import threading
import uuid
from collections import Counter

import pytest

from sandbox.line.faults import Faults
from sandbox.line.state import Channel
from sandbox.serving import Sandbox
from tests.sandbox.conftest import Call, fetch

RATES = {"before_500": 0.1, "after_500": 0.1, "rate_429": 0.03, "hang": 0.02}


def draws(seed: int, n: int = 20_000) -> list[str]:
    faults = Faults(**RATES, seed=seed)
    return [faults.draw() for _ in range(n)]


def test_a_seed_repeats_itself() -> None:
    assert draws(7) == draws(7)
    assert draws(7) != draws(8)


def test_rates_are_met() -> None:
    met = Counter(draws(1))
    shares = {
        name: round(met[name] / 20_000, 2)
        for name in ("before_500", "after_500", "rate_429")
    }
    assert shares == {"before_500": 0.1, "after_500": 0.1, "rate_429": 0.03}
    assert 320 < met["hang"] + met["hang_after"] < 480
    assert 120 < met["hang"] < 280


def test_rates_above_one_are_refused(
    line: Call, sandbox: Sandbox, channel: Channel
) -> None:
    assert line("/sandbox/faults", {"before_500": 0.7, "after_500": 0.7}).status == 400
    assert line("/sandbox/faults", {"befor_500": 0.1}).status == 400
    assert line("/sandbox/faults").body == {
        "before_500": 0,
        "after_500": 0,
        "rate_429": 0,
        "hang": 0,
        "quota_429": False,
        "slow_ms": 0,
        "push_per_second": 0,
        "seed": 0,
    }


def push(line: Call, to: str, key: str = "") -> tuple[int, str]:
    body = {"to": to, "messages": [{"type": "text", "text": "こんにちは"}]}
    answer = line(
        "/v2/bot/message/push", body, X_Line_Retry_Key=key or str(uuid.uuid4())
    )
    return answer.status, answer.body.get("message", "")


def test_before_500_accepts_nothing(line: Call, hanako: str, channel: Channel) -> None:
    line("/sandbox/faults", {"before_500": 1})
    assert push(line, hanako)[0] == 500
    assert (channel.accepted, channel.keys) == ({}, {})


def test_after_500_has_happened(line: Call, hanako: str, channel: Channel) -> None:
    key = str(uuid.uuid4())
    line("/sandbox/faults", {"after_500": 1})
    assert push(line, hanako, key)[0] == 500
    line("/sandbox/faults", {})
    assert push(line, hanako, key)[0] == 409
    assert len(channel.talks[hanako]) == 1


def test_two_kinds_of_429(line: Call, hanako: str) -> None:
    line("/sandbox/faults", {"rate_429": 1})
    assert push(line, hanako) == (
        429,
        "The API rate limit has been exceeded. Try again later.",
    )
    line("/sandbox/faults", {"quota_429": True})
    assert push(line, hanako) == (429, "You have reached your monthly limit.")


def test_a_limit_per_second(line: Call, hanako: str, channel: Channel) -> None:
    line("/sandbox/faults", {"push_per_second": 5})
    statuses = Counter(push(line, hanako)[0] for _ in range(40))
    assert statuses[429] > 0
    assert statuses[200] == channel.accepted[hanako]


@pytest.mark.parametrize("accepted", [False, True])
def test_hang_says_nothing(
    sandbox: Sandbox, line: Call, hanako: str, channel: Channel, accepted: bool
) -> None:
    seed = next(
        n
        for n in range(50)
        if (Faults(hang=1, seed=n).draw() == "hang_after") is accepted
    )
    line("/sandbox/faults", {"hang": 1, "seed": seed})
    body = b'{"to":"%s","messages":[{"type":"text","text":"x"}]}' % hanako.encode()
    with socket.create_connection(
        (sandbox.line_url[7:].split(":")[0], int(sandbox.line_url.split(":")[2]))
    ) as plug:
        plug.sendall(
            b"POST /v2/bot/message/push HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer long-lived-token\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        plug.settimeout(0.5)
        with pytest.raises(TimeoutError):
            plug.recv(1)
    assert channel.accepted == ({hanako: 1} if accepted else {})


def test_the_same_content_under_two_keys_is_a_duplicate(
    line: Call, hanako: str, channel: Channel
) -> None:
    push(line, hanako), push(line, hanako)
    counted = line("/sandbox/stats").body["channels"][channel.channel_id]
    assert counted["accepted"] == {hanako: 2}
    assert [(found["user_id"], found["times"]) for found in counted["duplicates"]] == [
        (hanako, 2)
    ]
    assert (counted["recipients"], counted["unique_recipients"], counted["keys"]) == (
        2,
        1,
        2,
    )


def test_counters_can_be_forgotten(
    sandbox: Sandbox, line: Call, hanako: str, channel: Channel
) -> None:
    push(line, hanako)
    fetch(sandbox.line_url + "/sandbox/stats", method="DELETE")
    assert (channel.accepted, channel.used, channel.keys) == ({}, 0, {})
    assert len(channel.talks[hanako]) == 1


def test_counting_keeps_no_conversation(
    sandbox: Sandbox, line: Call, hanako: str, channel: Channel
) -> None:
    line("/sandbox/record", {"mode": "counts"})
    push(line, hanako)
    assert (channel.accepted, channel.talks) == ({hanako: 1}, {})


def test_many_at_once_are_each_counted_once(line: Call, channel: Channel) -> None:
    users = [f"U{n:032x}" for n in range(200)]
    key = str(uuid.uuid4())

    def work(part: list[str]) -> None:
        for user in part:
            push(line, user)
        push(line, users[0], key)

    threads = [threading.Thread(target=work, args=(users[n::8],)) for n in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert channel.accepted == dict.fromkeys(users, 1) | {users[0]: 2}
    assert channel.replays == 7
