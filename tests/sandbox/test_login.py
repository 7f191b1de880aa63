"""ID tokens, and the exact words with which LINE refuses them."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.line.state import Channel
from sandbox.line.tokens import Signer
from sandbox.serving import Sandbox
from tests.sandbox.conftest import Answer, fetch

HANAKO = "U" + "a" * 32
LOGIN = "1650000002"


def verify(sandbox: Sandbox, token: str, **more: str) -> Answer:
    form = urlencode({"id_token": token, "client_id": LOGIN, **more}).encode()
    return fetch(sandbox.line_url + "/oauth2/v2.1/verify", form)


def test_claims_of_a_good_token(sandbox: Sandbox) -> None:
    token = sandbox.line.signer.id_token(HANAKO, "花子", LOGIN, nonce="n-1")
    answer = verify(sandbox, token, nonce="n-1", user_id=HANAKO)
    claims = answer.body
    assert answer.status == 200
    assert (claims["iss"], claims["sub"], claims["aud"]) == (
        "https://access.line.me",
        HANAKO,
        LOGIN,
    )
    assert (claims["name"], claims["nonce"], claims["exp"] - claims["iat"]) == (
        "花子",
        "n-1",
        3600,
    )


def broken(token: str) -> str:
    """The same signature under another subject."""
    head, claims, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    changed = (
        base64.urlsafe_b64encode(json.dumps({**said, "sub": "U" + "b" * 32}).encode())
        .rstrip(b"=")
        .decode()
    )
    return f"{head}.{changed}.{signature}"


@pytest.mark.parametrize(
    ("claims", "asked", "words"),
    [
        ({"iss": "https://example.jp"}, {}, "Invalid IdToken Issuer."),
        ({"exp": 1}, {}, "IdToken expired."),
        ({"aud": "1650009999"}, {}, "Invalid IdToken Audience."),
        ({"nonce": "a"}, {"nonce": "b"}, "Invalid IdToken Nonce."),
        ({}, {"nonce": "b"}, "Invalid IdToken Nonce."),
        ({}, {"user_id": "U" + "b" * 32}, "Invalid IdToken Subject Identifier."),
    ],
)
def test_refusals(
    sandbox: Sandbox, claims: dict[str, Any], asked: dict[str, str], words: str
) -> None:
    answer = verify(
        sandbox, sandbox.line.signer.id_token(HANAKO, "花子", LOGIN, **claims), **asked
    )
    assert (answer.status, answer.body) == (
        400,
        {"error": "invalid_request", "error_description": words},
    )


def test_a_forged_token(sandbox: Sandbox) -> None:
    good = sandbox.line.signer.id_token(HANAKO, "花子", LOGIN)
    foreign = Signer(ec.generate_private_key(ec.SECP256R1())).id_token(
        HANAKO, "花子", LOGIN
    )
    for token in (
        broken(good),
        foreign,
        good[:-2],
        "a.b.c",
        "",
        "日本語.日本語.日本語",
        good + "AAAA",
    ):
        assert verify(sandbox, token).body["error_description"] == "Invalid IdToken."


def test_a_test_can_order_a_token(sandbox: Sandbox, channel: Channel) -> None:
    body = {
        "user_id": HANAKO,
        "name": "花子",
        "login_channel_id": LOGIN,
        "lifetime": -1,
    }
    token = fetch(sandbox.line_url + "/sandbox/idtokens", body).body["id_token"]
    assert verify(sandbox, token).body["error_description"] == "IdToken expired."


def test_certs_name_the_key(sandbox: Sandbox) -> None:
    (key,) = fetch(sandbox.line_url + "/oauth2/v2.1/certs").body["keys"]
    token = sandbox.line.signer.id_token(HANAKO, "花子", LOGIN)
    head = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert head == {"alg": "ES256", "typ": "JWT", "kid": key["kid"]}
