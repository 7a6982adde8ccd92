"""An authenticator app: RFC 6238 with SHA-1, six digits and 30 seconds, as all of them have it."""

import base64
import hmac
import struct
import time

SECONDS = 30


def code(key: str, later: int = 0) -> str:
    """The code of now, or of so many steps later: the embedded AWS takes one either side, as Cognito does."""
    secret = base64.b32decode("".join(key.split()))
    mac = hmac.digest(secret, struct.pack(">Q", int(time.time()) // SECONDS + later), "sha1")
    at = mac[-1] & 0x0F
    return f"{(struct.unpack('>I', mac[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def wrong_code(key: str) -> str:
    """Six digits that no step near now has."""
    near = {code(key, later) for later in range(-3, 4)}
    return next(each for each in ("000000", "111111", *map(str, range(222222, 222230))) if each not in near)
