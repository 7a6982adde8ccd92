"""An issuer of tokens that can also forge them, and a server for its keys that can fail."""

import base64
import json
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.keys import parse_keys
from accounts.tokens import default_verifier

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Garden123"
CLIENT = "web-client"
SUB = "0c5a1b9e-8c9f-4a52-9d6c-0f2f5f1f7c11"


def encode(content: bytes | dict[str, Any]) -> str:
    """Base64url without padding; objects as JSON."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value: int) -> str:
    """An integer as a JSON Web Key writes it."""
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class Issuer:
    """Signs with its own key. `headers` and `claims` of a token may be replaced, or removed with None."""

    kid: str = "key-1"
    bits: int = 2048
    client: str = CLIENT
    now: float = field(default_factory=time.time)

    @cached_property
    def private_key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=self.bits)

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.private_key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": number(numbers.n),
            "e": number(numbers.e),
        }

    @property
    def pem(self) -> bytes:
        return self.private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What Cognito writes into an access token, with changes; None removes."""
        issued = int(self.now)
        claims = {
            "sub": SUB,
            "iss": ISSUER,
            "client_id": self.client,
            "token_use": "access",
            "scope": "aws.cognito.signin.user.admin",
            "auth_time": issued,
            "iat": issued,
            "exp": issued + 3600,
            "jti": "6b1c8a52-9f0f-4a44-8f0e-3f6f1c8f0a77",
            "username": "alice",
        }
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    def id_claims(self, **changes: Any) -> dict[str, Any]:
        """What Cognito writes into an id token, with changes."""
        own = {"client_id": None, "username": None, "scope": None, "aud": self.client, "token_use": "id"}
        mail = {"email": "alice@example.com", "email_verified": True}
        return self.claims(**{**own, "cognito:username": "alice", **mail, **changes})

    def sign(self, payload: dict[str, Any] | bytes, **headers: Any) -> str:
        """A token around the payload, signed with the issuer's key whatever its header says."""
        header = {"alg": "RS256", "kid": self.kid, **headers}
        signed = f"{encode({name: value for name, value in header.items() if value is not None})}.{encode(payload)}"
        return f"{signed}.{encode(self.signature(signed))}"

    def signature(self, signed: str) -> bytes:
        return self.private_key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())


def key_document(*issuers: Issuer) -> str:
    """The JSON Web Key Set of these issuers."""
    return json.dumps({"keys": [issuer.jwk for issuer in issuers]})


class KeyServer(ThreadingHTTPServer):
    """Answers every GET with `status` and `document`, and counts them."""

    daemon_threads = True
    document = ""
    status = 200
    headers: dict[str, str] = {}
    requests = 0
    # Set: answers at once. Cleared: holds every answer back until it is set again.
    ready = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/jwks.json"


class KeyRequest(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.requests += 1
        self.server.ready.wait(timeout=10)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.document.encode())

    def log_message(self, *args: object) -> None:
        """Tests speak for themselves."""


@contextmanager
def key_server(document: str) -> Iterator[KeyServer]:
    """A running server of keys on a free loopback port."""
    server = KeyServer(("127.0.0.1", 0), KeyRequest)
    server.document = document
    server.ready = threading.Event()
    server.ready.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.ready.set()
        server.shutdown()
        server.server_close()
        thread.join()


def know_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """As within the half minute after Cognito signs with a new key: the site knows others, and may not ask yet."""
    keys = default_verifier()._keys
    monkeypatch.setattr(keys, "_keys", parse_keys(key_document(Issuer(kid="former"))))
    monkeypatch.setattr(keys, "_next_fetch", math.inf)
