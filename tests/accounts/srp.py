"""Secure Remote Password as a Cognito client computes it (RFC 5054, with Cognito's own key derivation)."""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from functools import cache


@cache
def prime() -> int:
    """RFC 3526's 3,072-bit prime, 2^3072 - 2^3008 - 1 + 2^64 * (floor(2^2942 * pi) + 1690314)."""
    scale = 2942 + 64  # some bits more than are kept, for what the divisions round off
    pi = 4 * (4 * _arctan_of_inverse(5, scale) - _arctan_of_inverse(239, scale)) >> 64
    return int(2**3072 - 2**3008 - 1 + 2**64 * (pi + 1690314))


def _arctan_of_inverse(number: int, scale: int) -> int:
    """arctan(1/number), times 2^scale."""
    total, term, divisor = 0, (1 << scale) // number, 1
    while term:
        total += term // divisor if divisor % 4 == 1 else -(term // divisor)
        term //= number * number
        divisor += 2
    return total


def padded(value: int) -> bytes:
    """Big-endian with a leading zero byte where the number would else look negative."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def digest(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


class SrpClient:
    """One sign-in: `public` goes out with the user's name, `proof` answers the challenge."""

    def __init__(self) -> None:
        self._private = secrets.randbits(256)
        self._public = pow(2, self._private, prime())

    @property
    def public(self) -> str:
        return f"{self._public:x}"

    def proof(self, challenge: dict[str, str], pool_id: str, password: str) -> dict[str, str]:
        """The answer to PASSWORD_VERIFIER."""
        pool, user = pool_id.partition("_")[2], challenge["USER_ID_FOR_SRP"]
        now = datetime.now(UTC)
        timestamp = f"{now:%a %b} {now.day} {now:%H:%M:%S UTC %Y}"
        message = pool.encode() + user.encode() + base64.b64decode(challenge["SECRET_BLOCK"]) + timestamp.encode()
        signature = hmac.digest(self._key(challenge, f"{pool}{user}:{password}"), message, "sha256")
        return {
            "USERNAME": user,
            "PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(signature).decode(),
            "TIMESTAMP": timestamp,
        }

    def _key(self, challenge: dict[str, str], secret: str) -> bytes:
        n, server = prime(), int(challenge["SRP_B"], 16)
        u = digest(padded(self._public), padded(server))
        x = digest(padded(int(challenge["SALT"], 16)), hashlib.sha256(secret.encode()).digest())
        k = digest(padded(n), padded(2))
        shared = pow(server - k * pow(2, x, n), self._private + u * x, n)
        # HKDF (RFC 5869) to 16 bytes, u as salt.
        extracted = hmac.digest(padded(u), padded(shared), "sha256")
        return hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]
