"""ID tokens and user access tokens, signed with the simulator's own ES256 key, and LINE's way of refusing them."""

import base64
import hashlib
import json
import time
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

ISSUER = "https://access.line.me"
ALGORITHM = ec.ECDSA(hashes.SHA256())


class BadToken(ValueError):
    """The text is LINE's `error_description`."""


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encode_json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


class Signer:
    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        numbers = key.public_key().public_numbers()
        self.x, self.y = (
            _encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y)
        )
        self.kid = hashlib.sha256((self.x + self.y).encode()).hexdigest()[:32]

    @classmethod
    def new(cls) -> "Signer":
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def load(cls, pem: str) -> "Signer":
        key = serialization.load_pem_private_key(pem.encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls(key)

    def dump(self) -> str:
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self._key.private_bytes(serialization.Encoding.PEM, form, plain).decode()

    def jwks(self) -> dict[str, Any]:
        """Return what /oauth2/v2.1/certs shows, for those who check the signature themselves."""
        key = {
            "kty": "EC",
            "alg": "ES256",
            "use": "sig",
            "crv": "P-256",
            "kid": self.kid,
            "x": self.x,
            "y": self.y,
        }
        return {"keys": [key]}

    def sign(self, claims: dict[str, Any]) -> str:
        head = _encode(_encode_json({"alg": "ES256", "typ": "JWT", "kid": self.kid}))
        message = f"{head}.{_encode(_encode_json(claims))}"
        r, s = utils.decode_dss_signature(self._key.sign(message.encode(), ALGORITHM))
        return f"{message}.{_encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def read(self, token: str) -> dict[str, Any]:
        """Return the claims of a token signed here. BadToken when it is not one."""
        try:
            message, signature = token.rsplit(".", 1)
            raw = _decode(signature)
            pair = utils.encode_dss_signature(
                int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
            )
            self._key.public_key().verify(pair, message.encode(), ALGORITHM)
            claims = json.loads(_decode(message.split(".")[1]))
        except (ValueError, IndexError, InvalidSignature) as error:
            raise BadToken("Invalid IdToken.") from error
        if len(raw) != 64 or not isinstance(claims, dict):
            raise BadToken("Invalid IdToken.")
        return claims

    def id_token(
        self, user_id: str, name: str, client_id: str, lifetime: int = 3600, **more: Any
    ) -> str:
        """Return what liff.getIDToken() gives.

        It lives one hour unless `lifetime` says otherwise; `more` overrides or adds claims.
        """
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": user_id,
            "aud": client_id,
            "exp": now + lifetime,
            "iat": now,
        }
        return self.sign({**claims, "amr": ["linesso"], "name": name, **more})

    def verify(
        self, token: str, client_id: str, nonce: str | None, user_id: str | None
    ) -> dict[str, Any]:
        """Return the claims, checked in LINE's order. BadToken with LINE's words."""
        claims = self.read(token)
        if claims.get("iss") != ISSUER:
            raise BadToken("Invalid IdToken Issuer.")
        if claims.get("exp", 0) <= time.time():
            raise BadToken("IdToken expired.")
        if claims.get("aud") != client_id:
            raise BadToken("Invalid IdToken Audience.")
        if nonce is not None and claims.get("nonce") != nonce:
            raise BadToken("Invalid IdToken Nonce.")
        if user_id is not None and claims.get("sub") != user_id:
            raise BadToken("Invalid IdToken Subject Identifier.")
        return claims
