"""Ed25519 signatures (RFC 8032) over exactly the bytes that are sent, so that there is nothing to canonicalise.

A key is the base64 of its 32 private bytes. A stage may have several while one takes over from another: all of them
sign, and an app believes any one it knows.
"""

import base64
import hashlib
import json
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from updates.errors import Refused


class Untrusted(Refused):
    """No key of ours has signed this, or it is no envelope at all."""


def new_key() -> str:
    """A private key nobody has seen."""
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def public_keys(keys: Iterable[str]) -> dict[str, str]:
    """The public halves by key id, as apps embed them: base64 of 32 bytes. Raises Refused without a key."""
    halves = [signer.public_key().public_bytes_raw() for signer in _signers(keys)]
    return {_key_id(half): base64.b64encode(half).decode() for half in halves}


def seal(payload: bytes, keys: Iterable[str]) -> bytes:
    """The envelope of a payload: JSON with the payload and a signature by each key, both in base64. Raises Refused."""
    signatures = [
        {
            "key_id": _key_id(signer.public_key().public_bytes_raw()),
            "signature": base64.b64encode(signer.sign(payload)).decode(),
        }
        for signer in _signers(keys)
    ]
    envelope = {"payload": base64.b64encode(payload).decode(), "signatures": signatures}
    return json.dumps(envelope, separators=(",", ":")).encode()


def unseal(envelope: bytes, public: dict[str, str]) -> bytes:
    """The payload, if one of these public keys has signed it. Raises Untrusted."""
    try:
        found = json.loads(envelope)
        payload = base64.b64decode(found["payload"], validate=True)
        signatures = {each["key_id"]: base64.b64decode(each["signature"]) for each in found["signatures"]}
    except (ValueError, TypeError, KeyError):
        raise Untrusted("The manifest is no envelope with a payload and signatures.") from None
    if not any(_is_valid(payload, signatures[key_id], public[key_id]) for key_id in signatures.keys() & public.keys()):
        raise Untrusted("No key of this stage has signed the manifest.")
    return payload


def _is_valid(payload: bytes, signature: bytes, public_key: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key)).verify(signature, payload)
    except InvalidSignature:
        return False
    return True


def _signers(keys: Iterable[str]) -> list[Ed25519PrivateKey]:
    try:
        signers = [Ed25519PrivateKey.from_private_bytes(base64.b64decode(key, validate=True)) for key in keys]
    except ValueError:
        raise Refused("UPDATES_KEYS holds something that is no Ed25519 key in base64.") from None
    if not signers:
        raise Refused("There is no key to sign with: UPDATES_KEYS is empty (docs/updates.md).")
    return signers


def _key_id(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]
