"""Keys: online ones in KMS sign what changes; root's, in files kept offline, sign which keys those are."""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import AWSSigner, CryptoSigner

from config import env
from updates.errors import Refused

# Which setting names the KMS keys of a role, the present one first.
ONLINE = {"timestamp": "UPDATES_TIMESTAMP_KEYS", **dict.fromkeys(("targets", "snapshot"), "UPDATES_TARGETS_KEYS")}


def online(role: str) -> list[AWSSigner]:
    """Those that sign for a role. Raises Refused without one, and botocore's errors."""
    if names := env.words(ONLINE[role], ""):
        return [_online(name) for name in names]
    raise Refused(f"There is no key to sign with: {ONLINE[role]} is empty (docs/updates.md).")


@cache
def _online(name: str) -> AWSSigner:
    return AWSSigner(name, AWSSigner.import_(name)[1])


def offline(paths: Iterable[Path], *, make: bool = False) -> list[CryptoSigner]:
    """Root's keys: PEM files, made with Ed25519 where there is none if `make`. Raises Refused and OSError."""
    return [_make(path) if make and not path.exists() else _read(path) for path in paths]


def _read(path: Path) -> CryptoSigner:
    try:
        return CryptoSigner(load_pem_private_key(path.read_bytes(), None))
    except (ValueError, TypeError) as error:
        raise Refused(f"{path} holds no private key without a password: {error}") from None


def _make(path: Path) -> CryptoSigner:
    signer = CryptoSigner.generate_ed25519()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(signer.private_bytes)
    return signer
