"""The keys CloudFront's function reads at each request: where the site is served, and whether it is written.

`region` is `home` or `second`; `writes` is `on` or `off`. A key that is missing means home, and on.
"""

import json
from typing import Any
from urllib.parse import quote

from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError
from botocore.httpsession import URLLib3Session

from infra.failover.sigv4a import SigV4AAuth

SERVICE = "cloudfront-keyvaluestore"
HOME, SECOND = "home", "second"
DEFAULTS = {"region": HOME, "writes": "on"}
_TRIES = 3


class StoreError(Exception):
    """CloudFront's KeyValueStore refused a request. The message says which and why."""


class Changed(StoreError):
    """Somebody else has changed the store since it was read."""


class Store:
    """One KeyValueStore, by its ARN. It answers from every region, whichever is away. Raises NoCredentialsError."""

    def __init__(self, arn: str, credentials: Credentials | None, endpoint_url: str = "") -> None:
        if credentials is None:
            raise NoCredentialsError
        account = arn.split(":")[4]
        base = endpoint_url or f"https://{account}.cloudfront-kvs.global.api.aws"
        self._url = f"{base}/key-value-stores/{quote(arn, safe='')}"
        self._auth = SigV4AAuth(credentials, SERVICE)
        self._http = URLLib3Session(timeout=5)

    def read(self) -> dict[str, str]:
        """All keys and their values, defaults included. Raises StoreError."""
        listed = self._ask("GET", "/keys")
        return {**DEFAULTS, **{each["Key"]: each["Value"] for each in listed.get("Items", [])}}

    def write(self, **values: str) -> None:
        """Put keys in one step, so that no request sees one without the other. Raises StoreError."""
        puts = [{"Key": key, "Value": value} for key, value in values.items()]
        for left in reversed(range(_TRIES)):
            try:
                self._ask("POST", "/keys", {"Puts": puts}, etag=self._etag())
            except Changed:
                if not left:
                    raise
            else:
                return

    def _etag(self) -> str:
        return str(self._ask("GET", "")["ETag"])

    def _ask(self, method: str, path: str, body: object = None, etag: str = "") -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **({"If-Match": etag} if etag else {})}
        data = None if body is None else json.dumps(body).encode()
        request = AWSRequest(method=method, url=self._url + path, data=data, headers=headers)
        self._auth.add_auth(request)
        answer = self._http.send(request.prepare())
        if answer.status_code >= 300:
            error = Changed if answer.status_code in {409, 412} else StoreError
            raise error(f"CloudFront's KeyValueStore answers {answer.status_code}: {answer.text[:300]}")
        return {**json.loads(answer.content or b"{}"), "ETag": answer.headers.get("ETag", "")}
