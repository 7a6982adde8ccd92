"""Secrets from Systems Manager's Parameter Store, by signed requests and without an SDK client.

A boto3 client for it would cost each cold start 60 ms, and botocore's signer 80.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from config.signing import Credentials, Signer, found_credentials

TIMEOUT_SECONDS = 3.0


class ParametersUnreadable(Exception):
    """Parameter Store did not answer, or lacks a parameter. The message names what was asked, never a value."""


def read(
    names: Collection[str], *, region: str, endpoint_url: str = "", credentials: Credentials | None = None
) -> dict[str, str]:
    """The decrypted values of parameters by name, all asked for at once. Raises ParametersUnreadable.

    Without credentials, as Lambda has them in its environment, botocore looks for some.
    """
    own = credentials or found_credentials()
    if own is None:
        raise ParametersUnreadable(f"There are no AWS credentials to read {sorted(names)} with.")
    url = endpoint_url or f"https://ssm.{region}.amazonaws.com"
    host, content_type = urlsplit(url).netloc, "application/x-amz-json-1.1"
    signer = Signer("ssm", region=region, host=host, content_type=content_type, credentials=lambda: own)
    with ThreadPoolExecutor(len(names)) as threads:
        values = threads.map(lambda name: _read_one(name, url, signer), names)
        return dict(zip(names, values, strict=True))


def _read_one(name: str, url: str, signer: Signer) -> str:
    body = json.dumps({"Name": name, "WithDecryption": True}).encode()
    headers = signer.headers("AmazonSSM.GetParameter", body)
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - AWS, or loopback
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            value: str = json.load(response)["Parameter"]["Value"]
    except urllib.error.HTTPError as error:
        kind = json.load(error).get("__type", "")
        raise ParametersUnreadable(f"Parameter Store answered {error.code} {kind} when asked for {name}.") from None
    except (OSError, ValueError) as error:
        raise ParametersUnreadable(f"Parameter Store did not answer for {name}: {type(error).__name__}.") from None
    return value
