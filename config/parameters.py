"""Secrets from Systems Manager's Parameter Store, by signed requests and without an SDK client.

A boto3 client for it would cost each cold start 60 ms; the signer is there anyway.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import Session

TIMEOUT_SECONDS = 3.0


class ParametersUnreadable(Exception):
    """Parameter Store did not answer, or lacks a parameter. The message names what was asked, never a value."""


def read(names: Collection[str], *, region: str, endpoint_url: str = "") -> dict[str, str]:
    """The decrypted values of parameters by name, all asked for at once. Raises ParametersUnreadable."""
    credentials = Session().get_credentials()
    if credentials is None:
        raise ParametersUnreadable(f"There are no AWS credentials to read {sorted(names)} with.")
    url = endpoint_url or f"https://ssm.{region}.amazonaws.com"
    with ThreadPoolExecutor(len(names)) as threads:
        values = threads.map(lambda name: _read_one(name, url, region, credentials), names)
        return dict(zip(names, values, strict=True))


def _read_one(name: str, url: str, region: str, credentials: Credentials) -> str:
    body = json.dumps({"Name": name, "WithDecryption": True})
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.GetParameter"}
    signed = AWSRequest("POST", url, headers, body)
    SigV4Auth(credentials, "ssm", region).add_auth(signed)
    request = urllib.request.Request(url, body.encode(), dict(signed.headers))  # noqa: S310 - AWS, or loopback
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            value: str = json.load(response)["Parameter"]["Value"]
    except urllib.error.HTTPError as error:
        kind = json.load(error).get("__type", "")
        raise ParametersUnreadable(f"Parameter Store answered {error.code} {kind} when asked for {name}.") from None
    except (OSError, ValueError) as error:
        raise ParametersUnreadable(f"Parameter Store did not answer for {name}: {type(error).__name__}.") from None
    return value
