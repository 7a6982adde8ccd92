"""AWS's signature for requests that hold in every region (SigV4A), without a compiled library.

CloudFront's KeyValueStores take no other. botocore asks for `awscrt`, of 4.4 MB, for it.
"""

import hashlib
import hmac

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALGORITHM = "AWS4-ECDSA-P256-SHA256"
# The curve P-256 (FIPS 186-4): y² = x³ - 3x + b modulo P, of N points, from G on.
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int] | None  # None is the point at infinity


def private_key(access_key: str, secret_key: str) -> int:
    """The signing key that is derived from an account's own key, as AWS's documentation of SigV4A says.

    Raises ValueError if there is none.
    """
    for counter in range(1, 255):
        label = b"\0\0\0\x01" + ALGORITHM.encode() + b"\0" + access_key.encode() + bytes([counter]) + b"\0\0\x01\0"
        candidate = int.from_bytes(hmac.digest(b"AWS4A" + secret_key.encode(), label, "sha256"), "big")
        if candidate <= N - 2:
            return candidate + 1
    raise ValueError("no signing key can be derived")  # once in 2^8000 keys


def sign(key: int, message: bytes) -> str:
    """The ECDSA signature of a message in hexadecimal DER. The nonce comes from key and message, never from chance.

    Raises ValueError if there is none.
    """
    digest = hashlib.sha256(message).digest()
    seed = key.to_bytes(32, "big") + digest
    for counter in range(256):
        nonce = int.from_bytes(hmac.digest(seed, bytes([counter]), "sha512"), "big") % (N - 1) + 1
        point = _multiplied(nonce)
        r = point[0] % N if point else 0
        s = pow(nonce, -1, N) * (int.from_bytes(digest, "big") + r * key) % N
        if r and s:
            return _der(0x30, _integer(r) + _integer(s)).hex()
    raise ValueError("no signature was found")


def _multiplied(factor: int) -> Point:
    found: Point = None
    power: Point = G
    while factor:
        if factor & 1:
            found = _sum(found, power)
        power = _sum(power, power)
        factor >>= 1
    return found


def _sum(a: Point, b: Point) -> Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] ** 2 - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope**2 - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


class SigV4AAuth(SigV4Auth):
    """Signs a botocore request for every region."""

    def __init__(self, credentials: Credentials, service: str) -> None:
        super().__init__(credentials, service, "*")
        self._keys = credentials
        self._service = service

    def scope(self, request: AWSRequest) -> str:
        """Whose key it is and what for."""
        return f"{self._keys.access_key}/{self.credential_scope(request)}"

    def credential_scope(self, request: AWSRequest) -> str:
        """It names no region."""
        return f"{request.context['timestamp'][:8]}/{self._service}/aws4_request"

    def string_to_sign(self, request: AWSRequest, canonical_request: str) -> str:
        """What is signed."""
        digest = hashlib.sha256(canonical_request.encode()).hexdigest()
        return "\n".join([ALGORITHM, request.context["timestamp"], self.credential_scope(request), digest])

    def signature(self, string_to_sign: str, request: AWSRequest) -> str:
        """The signature in hexadecimal."""
        return sign(private_key(self._keys.access_key, self._keys.secret_key), string_to_sign.encode())

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        super()._modify_request_before_signing(request)  # type: ignore[misc]  # the stubs leave it out
        del request.headers["X-Amz-Region-Set"]
        request.headers["X-Amz-Region-Set"] = "*"

    def _inject_signature_to_request(self, request: AWSRequest, signature: str) -> AWSRequest:
        signed = self.signed_headers(self.headers_to_sign(request))
        header = f"{ALGORITHM} Credential={self.scope(request)}, SignedHeaders={signed}, Signature={signature}"
        request.headers["Authorization"] = header
        return request
