"""The key that tells push services who sends (VAPID, RFC 8292). Its public half is part of every subscription."""

from base64 import urlsafe_b64encode
from functools import cache
from hashlib import sha512
from typing import TYPE_CHECKING

from config import env

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

# The order of the group of P-256 (NIST SP 800-186).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@cache
def private_key() -> "EllipticCurvePrivateKey":
    """Made of the secret PUSH_KEY, a random text: 512 bits modulo the order, so no key is likelier than another."""
    from cryptography.hazmat.primitives.asymmetric import ec

    is_local = env.text("STAGE", "local") == "local" and bool(env.text("AWS_ENDPOINT_URL", ""))
    secret = env.text("PUSH_KEY", "local-only" if is_local else None)
    number = int.from_bytes(sha512(secret.encode()).digest()) % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


@cache
def public_key() -> str:
    """As browsers take it for `applicationServerKey`: base64url of the uncompressed point."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")
