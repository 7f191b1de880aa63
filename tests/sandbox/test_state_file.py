"""A second start goes on where the first ended; a kill leaves the last written state whole."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from sandbox.serving import Sandbox
from sandbox.state_file import StateFile
from tests.sandbox.conftest import SETTINGS, fetch
from tests.waiting import wait_until

HANAKO = "U" + "a" * 32
PUSH = {"to": HANAKO, "messages": [{"type": "text", "text": "こんにちは"}]}
KEY = "123e4567-e89b-12d3-a456-426614174000"


def push(sandbox: Sandbox) -> int:
    headers = {"Authorization": "Bearer long-lived-token", "X_Line_Retry_Key": KEY}
    return fetch(sandbox.line_url + "/v2/bot/message/push", PUSH, **headers).status


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    with Sandbox(var=tmp_path, size=20, seed=3) as sandbox:
        channel = sandbox.line.register(SETTINGS)
        sandbox.line.add_friends(channel, [{"user_id": HANAKO, "name": "花子"}])
        assert push(sandbox) == 200
        fetch(sandbox.line_url + "/sandbox/faults", {"slow_ms": 1, "seed": 4})
        fetch(
            sandbox.cart_url + "/sandbox/cart/customers/10002",
            {"phone": "080"},
            method="PUT",
        )
        fetch(sandbox.cart_url + "/sandbox/cart/customers", {"name": "新 人"})
        fetch(
            sandbox.cart_url + "/sandbox/cart/settings",
            {"token": "t", "retry_after": 9},
        )
        token = sandbox.line.signer.id_token(HANAKO, "花子", "1")
        rows = json.dumps(sandbox.cart.tables)
    # Another seed or size on the command line doesn't throw away the shop that is there.
    with Sandbox(var=tmp_path, size=500, seed=9) as again:
        assert push(again) == 409
        channel = again.line.channels[SETTINGS["channel_id"]]
        assert [bubble["message"] for bubble in channel.talks[HANAKO]] == PUSH[
            "messages"
        ]
        assert (again.line.people, channel.friends) == (
            {HANAKO: "花子"},
            {HANAKO: "friend"},
        )
        assert (again.line.faults.slow_ms, again.line.faults.seed) == (1, 4)
        assert again.line.signer.verify(token, "1", None, None)["sub"] == HANAKO
        assert json.dumps(again.cart.tables) == rows
        assert (again.cart.switches.token, again.cart.switches.retry_after) == ("t", 9)


def test_nothing_is_written_without_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Sandbox(size=5) as sandbox:
        sandbox.line.register(SETTINGS)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    class Part:
        data: dict[str, object] = {"n": 1}

        def dump(self) -> dict[str, object]:
            return self.data

        def load(self, data: dict[str, object]) -> None: ...

    keeper, part = StateFile(tmp_path / "sandbox.json"), Part()
    keeper.restore({"part": part})
    keeper.write()
    part.data = {"n": object()}
    with pytest.raises(TypeError):
        keeper.write()
    assert json.loads((tmp_path / "sandbox.json").read_text()) == {"part": {"n": 1}}


def start(var: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sandbox", "--var", str(var), "--size", "5"]
    return subprocess.Popen(
        [*command, "--line-port", "0", "--cart-port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_command_ends_cleanly_and_keeps(
    tmp_path: Path, ending: signal.Signals
) -> None:
    running = start(tmp_path)
    assert running.stdout is not None
    url = running.stdout.readline().split()[-1].removesuffix("/phone/")
    fetch(url + "/sandbox/channels", SETTINGS)
    if ending == signal.SIGKILL:
        kept = tmp_path / "sandbox.json"
        wait_until(lambda: kept.exists() and "long-lived-token" in kept.read_text())
    running.send_signal(ending)
    code = running.wait(timeout=60)
    assert code == (-9 if ending == signal.SIGKILL else 0)
    saved = json.loads((tmp_path / "sandbox.json").read_text())
    assert (
        saved["line"]["channels"][SETTINGS["channel_id"]]["access_token"]
        == "long-lived-token"
    )
    with pytest.raises(OSError):
        urllib.request.urlopen(url, timeout=1)


def test_a_foreign_address_is_refused(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--var",
        str(tmp_path),
        "--host",
        "0.0.0.0",
    ]
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert ended.returncode != 0
    assert "127.0.0.1でしか起動できません" in ended.stderr
