"""Secrets from Systems Manager's Parameter Store, by one signed request and without an SDK client.

A boto3 client for it would cost each cold start 60 ms; the signer is there anyway.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Collection

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

TIMEOUT_SECONDS = 3.0
AT_MOST = 10  # what GetParameters takes


class ParametersUnreadable(Exception):
    """Parameter Store did not answer, or lacks a parameter. The message names what was asked, never a value."""


def read(names: Collection[str], *, region: str, endpoint_url: str = "") -> dict[str, str]:
    """The decrypted values of at most ten parameters by name. Raises ParametersUnreadable."""
    body = json.dumps({"Names": sorted(set(names)), "WithDecryption": True})
    url = endpoint_url or f"https://ssm.{region}.amazonaws.com"
    request = AWSRequest(
        "POST",
        url,
        {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.GetParameters"},
        body,
    )
    credentials = Session().get_credentials()
    if credentials is None:
        raise ParametersUnreadable(f"There are no AWS credentials to read {sorted(names)} with.")
    SigV4Auth(credentials, "ssm", region).add_auth(request)
    sent = urllib.request.Request(url, body.encode(), dict(request.headers))  # noqa: S310 - AWS, or loopback
    try:
        with urllib.request.urlopen(sent, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        raise ParametersUnreadable(f"Parameter Store answered {error.code} when asked for {sorted(names)}.") from None
    except (OSError, ValueError) as error:
        raise ParametersUnreadable(f"Parameter Store did not answer: {type(error).__name__}.") from None
    if answer["InvalidParameters"]:
        raise ParametersUnreadable(f"Parameter Store has no {answer['InvalidParameters']}.")
    return {each["Name"]: each["Value"] for each in answer["Parameters"]}
